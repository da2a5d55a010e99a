"""`manage.py run_due_jobs`, as crontab and people call it."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from hotels.models import Guest, Hotel
from jobs.models import JobExecution
from jobs.scheduling.opening import open_due
from tests.dumps import every_row
from tests.factories import HotelFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, lapse, of_slot, only_job, own_schedule

pytestmark = pytest.mark.django_db

FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
AT_FOUR = "2026-07-15T04:00:00Z"


def run(*options: str) -> str:
    out = io.StringIO()
    call_command("run_due_jobs", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def due(hotel: Hotel) -> Iterator[Hotel]:
    """A hotel whose own schedule is due at four, and a tick a minute before."""
    with only_job():
        own_schedule(hotel, clock="UTC")
        open_due(now=FOUR - timedelta(minutes=1))
        yield hotel


def test_what_is_due_is_run_and_told_in_a_table(due: Hotel) -> None:
    text = run("--as-of", AT_FOUR)

    assert "1 slots opened, 0 given up, 0 closed as interrupted" in text
    for word in ("greet-guests", due.code, "COMPLETED", "1 greeted"):
        assert word in text


@pytest.mark.usefixtures("due")
def test_programs_get_json() -> None:
    report = json.loads(run("--as-of", AT_FOUR, "--json"))

    assert (report["success"], report["opened"], report["asOf"]) == (True, 1, AT_FOUR)
    assert report["outcomes"][0]["job"] == "greet-guests"
    assert report["outcomes"][0]["result"]["guestsGreeted"] == 1


@pytest.mark.usefixtures("due")
def test_a_preview_shows_the_slots_and_writes_nothing() -> None:
    before = every_row()

    text = run("--as-of", AT_FOUR, "--dry-run")

    assert "nothing was written. 1 slots came." in text
    assert "2026-07-15 04:00" in text
    assert every_row() == before


@pytest.mark.usefixtures("due")
def test_a_preview_for_programs_is_json() -> None:
    report = json.loads(run("--as-of", AT_FOUR, "--dry-run", "--json"))

    assert [slot["scheduledFor"] for slot in report["slots"]] == [AT_FOUR]


@pytest.mark.usefixtures("due")
def test_an_idle_tick_of_crontab_says_nothing() -> None:
    assert run("--as-of", "2026-07-15T03:59:30Z", "--scheduled") == ""


@pytest.mark.usefixtures("due")
def test_a_busy_tick_of_crontab_tells_what_it_did() -> None:
    assert "1 greeted" in run("--as-of", AT_FOUR, "--scheduled")


def test_a_failing_hotel_makes_it_exit_with_1(hotel: Hotel) -> None:
    with only_job(fakes.fail_after_writing):
        own_schedule(hotel, clock="UTC")
        open_due(now=FOUR - timedelta(minutes=1))

        with pytest.raises(CommandError, match="1 failed") as caught:
            run("--as-of", AT_FOUR)

    assert caught.value.returncode == 1


def test_a_worker_found_dead_makes_it_exit_with_1_though_its_work_is_done(hotel: Hotel) -> None:
    with only_job():
        lapse(claimed(of_slot(hotel, FOUR)))

        with pytest.raises(CommandError, match="1 had lost their worker") as caught:
            run("--as-of", "2040-01-01T00:00:00Z")

    assert caught.value.returncode == 1
    assert Guest.objects.count() == 1


def test_an_unreadable_schedule_is_named_and_makes_it_exit_with_1(hotel: Hotel) -> None:
    with only_job():
        own_schedule(hotel, "61 4 * * *")
        open_due(now=FOUR - timedelta(minutes=1))
        out = io.StringIO()

        with pytest.raises(CommandError, match="1 schedules cannot be read"):
            call_command("run_due_jobs", "--as-of", AT_FOUR, stdout=out)

    assert "61 4 * * *" in out.getvalue()


@pytest.mark.parametrize("text", ["now", "2026-07-15", "2026-07-15T04:00:00", ""])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(CommandError) as caught:
        run("--as-of", text)

    assert caught.value.returncode == 2


def test_crontab_serves_only_hotels_without_a_schedule_of_their_own(hotel: Hotel) -> None:
    def greeted() -> set[int]:
        call_command("check_no_shows", "--scheduled", stdout=io.StringIO())
        return set(JobExecution.objects.values_list("hotel_id", flat=True))

    own_schedule(HotelFactory(), job_name="check-no-shows")

    assert greeted() == {hotel.pk}


def test_naming_a_hotel_with_its_own_schedule_to_crontabs_call_is_refused(hotel: Hotel) -> None:
    own_schedule(hotel, job_name="check-no-shows")

    with pytest.raises(CommandError, match="has a schedule of its own") as caught:
        call_command("check_no_shows", "--scheduled", "--hotel", hotel.code)

    assert caught.value.returncode == 2
