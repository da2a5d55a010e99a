"""`manage.py catch_up`: past slots, done by hand."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from hotels.models import Guest, Hotel
from jobs import runner
from jobs.models import JobExecution, SkipReason, Status, Trigger
from tests.dumps import every_row
from tests.factories import HotelFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, lapse, of_slot, only_job, own_schedule

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
FROM = "2026-07-13T00:00:00Z"


@pytest.fixture(autouse=True)
def _morning() -> Iterator[None]:
    with only_job(), time_machine.travel(NOW, tick=False):
        yield


def run(*options: str) -> str:
    out = io.StringIO()
    call_command("catch_up", "--job", "greet-guests", *options, stdout=out)
    return out.getvalue()


def slots(*options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("--from", FROM, "--json", *options))["slots"]
    return found


def day(number: int) -> datetime:
    return datetime(2026, 7, number, 4, 0, tzinfo=UTC)


def test_what_a_dead_worker_left_is_closed_and_gives_exit_code_1(hotel: Hotel) -> None:
    lapse(claimed(of_slot(hotel, day(15))))

    with pytest.raises(CommandError, match="1 interrupted") as caught:
        run("--from", "2026-07-15T00:00:00Z", "--run")

    assert caught.value.returncode == 1


@pytest.mark.usefixtures("hotel")
def test_without_run_it_shows_the_slots_and_writes_nothing() -> None:
    before = every_row()

    text = run("--from", FROM)

    assert "3 slots, 3 to run. Nothing was saved." in text
    assert every_row() == before


def test_with_run_every_slot_without_a_good_end_is_run_once(hotel: Hotel) -> None:
    run("--from", FROM, "--run")
    run("--from", FROM, "--run")

    rows = JobExecution.objects.order_by("scheduled_for")
    assert [row.scheduled_for for row in rows] == [day(13), day(14), day(15)]
    assert {row.trigger for row in rows} == {Trigger.CATCH_UP}
    assert {row.as_of for row in rows} == {NOW}
    assert Guest.objects.count() == 3


def test_what_was_completed_is_left_as_it_is(hotel: Hotel) -> None:
    runner.perform(execution=claimed(of_slot(hotel, day(14))), job=fakes.make_job(fakes.greet))

    assert [slot["toRun"] for slot in slots()] == [True, False, True]


def test_what_was_missed_or_failed_is_run_again_as_the_next_attempt(hotel: Hotel) -> None:
    missed = of_slot(hotel, day(13))
    runner.skip(execution_ids=[missed.pk], reason=SkipReason.MISSED, words="missed")

    run("--from", FROM, "--to", "2026-07-13T12:00:00Z", "--run")

    second = JobExecution.objects.get(attempt=2)
    assert (second.first_attempt, second.status) == (missed, Status.COMPLETED)


def test_what_waits_is_left_as_it_is(hotel: Hotel) -> None:
    of_slot(hotel, day(14))

    assert [slot["toRun"] for slot in slots()] == [True, False, True]


def test_slots_are_those_of_the_hotels_own_schedule() -> None:
    hotel = HotelFactory(timezone="Asia/Tokyo")
    own_schedule(hotel, "30 9 * * *")

    found = slots("--hotel", hotel.code)

    assert [slot["scheduledFor"] for slot in found] == [
        "2026-07-13T00:30:00Z",
        "2026-07-14T00:30:00Z",
        "2026-07-15T00:30:00Z",
    ]


@pytest.mark.usefixtures("hotel")
def test_the_bounds_belong_to_it() -> None:
    found = slots("--to", "2026-07-14T04:00:00Z")
    same = json.loads(
        run("--from", "2026-07-14T04:00:00Z", "--to", "2026-07-14T04:00:00Z", "--json")
    )

    assert len(found) == 2
    assert len(same["slots"]) == 1


def test_a_failing_slot_makes_it_exit_with_1(hotel: Hotel) -> None:
    with only_job(fakes.fail_for_good), pytest.raises(CommandError) as caught:
        run("--from", FROM, "--run")

    assert caught.value.returncode == 1
    assert JobExecution.objects.filter(status=Status.FAILED).count() == 3


@pytest.mark.usefixtures("hotel")
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--from", "yesterday"], "is not an ISO 8601 instant"),
        (["--from", "2026-07-13T00:00:00"], "has no UTC offset"),
        (["--from", "2026-07-14T00:00:00Z", "--to", FROM], "is after --to"),
        (["--from", FROM, "--to", "2026-08-01T00:00:00Z"], "is in the future"),
        (["--from", FROM, "--hotel", "nowhere"], "There is no hotel 'nowhere'"),
        (["--from", "1970-01-01T00:00:00Z"], "more than 10,000 slots"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(options: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence) as caught:
        run(*options)

    assert caught.value.returncode == 2


def test_an_unknown_job_is_named_with_those_there_are() -> None:
    with pytest.raises(CommandError, match="There is no job 'greet-gests'") as caught:
        call_command("catch_up", "--job", "greet-gests", "--from", FROM)

    assert caught.value.returncode == 2
    assert "did you mean greet-guests" in str(caught.value)


def test_a_slot_completed_with_problems_is_shown_and_left_to_the_next_slot(hotel: Hotel) -> None:
    execution = claimed(of_slot(hotel, day(14)))
    runner.perform(execution=execution, job=fakes.make_job(fakes.handle_some))

    found = {slot["scheduledFor"]: slot for slot in slots()}
    text = run("--from", FROM)

    slot = found["2026-07-14T04:00:00Z"]
    assert (slot["status"], slot["problems"], slot["toRun"]) == ("COMPLETED", 1, False)
    assert "COMPLETED with 1 problem, 0 greeted: unchanged" in text


def test_problems_give_exit_code_1(hotel: Hotel) -> None:
    with only_job(fakes.handle_some), pytest.raises(CommandError) as failure:
        run("--from", FROM, "--run")

    assert str(failure.value) == "Of 3 slots, 3 completed with problems."
    assert failure.value.returncode == 1
