"""Memory of runs and ticks with many hotels: outcomes are counted and passed on, not kept."""

import gc
import io
import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from jobs import dispatch, tick
from jobs.base import JobContext
from jobs.cli import output
from jobs.dispatch import waiting
from jobs.dispatch.tally import KEPT
from jobs.models import JobExecution, Trigger
from tests.factories import HotelFactory
from tests.jobs import fakes
from tests.jobs.engine import of_slot, only_job

pytestmark = pytest.mark.django_db

FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
LARGE = 200_000  # bytes of a result; ten of them are far above what else a run allocates


class LargeGreetings(fakes.Greetings):
    """A result with much text."""

    def payload(self) -> dict[str, Any]:
        return {"guestsGreeted": 0, "text": "x" * LARGE + str(self.hotel_id)}


def greet_at_length(context: JobContext) -> fakes.Greetings:
    return LargeGreetings(hotel_id=context.hotel.pk, done=1)


def peak(call: Callable[[], Any]) -> int:
    """The most bytes that were allocated at once during the call, beyond those before."""
    gc.collect()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_memory_of_a_tick_does_not_grow_with_its_executions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "LOADED_AT_ONCE", 2)
    hotels = HotelFactory.create_batch(12)

    def tick_over(count: int) -> int:
        for hotel in hotels[:count]:
            of_slot(hotel, FOUR)
        with time_machine.travel(FOUR, tick=False), only_job(greet_at_length):
            used = peak(lambda: tick.run_tick(now=FOUR))
        JobExecution.objects.all().delete()
        return used

    tick_over(1)
    assert tick_over(12) - tick_over(6) < 2 * LARGE  # six outcomes would be 6 * LARGE


def test_the_memory_of_a_run_does_not_grow_with_its_hotels() -> None:
    hotels = HotelFactory.create_batch(12)

    def run(count: int) -> Any:
        return dispatch.run(
            job=fakes.make_job(greet_at_length),
            hotels=hotels[:count],
            now=FOUR,
            trigger=Trigger.COMMAND,
        )

    run(1)
    assert peak(lambda: run(12)) - peak(lambda: run(6)) < 2 * LARGE


def test_of_many_failures_the_number_and_the_first_are_kept() -> None:
    hotels = HotelFactory.create_batch(KEPT + 2)

    run = dispatch.run(
        job=fakes.make_job(fakes.fail_after_writing),
        hotels=hotels,
        now=FOUR,
        trigger=Trigger.COMMAND,
    )

    assert (run.tally.failed, len(run.tally.first_failed)) == (KEPT + 2, KEPT)


def test_a_command_lists_every_hotel_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(output, "ROWS_IN_TABLE", 2)
    codes = sorted(hotel.code for hotel in HotelFactory.create_batch(5))
    out, table = io.StringIO(), io.StringIO()

    call_command("check_no_shows", "--json", stdout=out)
    call_command("check_no_shows", stdout=table)

    text = out.getvalue()
    assert [outcome["hotel"] for outcome in json.loads(text)["outcomes"]] == codes
    assert text == json.dumps(json.loads(text), indent=1) + "\n"
    assert all(code in table.getvalue() for code in codes)


def test_a_command_names_the_first_of_many_failed_hotels() -> None:
    # They are worked, and fail, in the order in which they were created: hotel-9 before hotel-10.
    hotels = [hotel.code for hotel in HotelFactory.create_batch(KEPT + 2)]

    with (
        only_job(fakes.fail_after_writing, name="check-no-shows"),
        pytest.raises(CommandError) as failed,
    ):
        call_command("check_no_shows", stdout=io.StringIO())

    named = ", ".join(hotels[:KEPT])
    assert str(failed.value) == (
        f"check-no-shows failed for {KEPT + 2} hotels: {named} and 2 more."
    )
