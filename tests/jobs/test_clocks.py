"""Clocks that are wrong: machines that must not run jobs, and times that lie in the future."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from hotels.models import Guest, Hotel
from jobs import dispatch, runner, tick
from jobs.http_cron.views import REFUSALS
from jobs.models import JobExecution, SkipReason, Status, Tick, Trigger
from jobs.runner import ClockDiffers, clock
from jobs.runner.clock import database_time
from jobs.scheduling import changes
from jobs.scheduling.opening import open_due
from pms import command_line
from tests.dumps import every_row
from tests.factories import UserFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, of_slot, only_job, own_schedule, waiting

pytestmark = pytest.mark.django_db

FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AHEAD = FOUR + 40 * DAY


@pytest.fixture(autouse=True)
def _job() -> Iterator[None]:
    with only_job():
        yield


@pytest.fixture
def _server_at_four(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is on a machine of its own, whose clock is right: it is four."""
    monkeypatch.setattr(clock, "database_time", lambda: FOUR)


def tick_at(now: datetime) -> tick.TickResult:
    with time_machine.travel(now, tick=False):
        return tick.run_tick(now=now)


# Machines that must not run jobs


@pytest.mark.usefixtures("_server_at_four")
@pytest.mark.parametrize("wrong", [AHEAD, FOUR + 3 * MINUTE, FOUR - 3 * MINUTE])
def test_a_tick_on_a_machine_whose_clock_is_wrong_stores_nothing(
    hotel: Hotel, wrong: datetime
) -> None:
    own_schedule(hotel, clock="UTC", catch_up="ALL")
    tick_at(FOUR - MINUTE)
    before = every_row()

    with pytest.raises(ClockDiffers):
        tick_at(wrong)

    assert every_row() == before


@pytest.mark.usefixtures("_server_at_four")
def test_a_clock_that_is_a_minute_ahead_is_good_enough(hotel: Hotel) -> None:
    tick_at(FOUR + MINUTE)

    assert Tick.objects.get().looked_until == FOUR + MINUTE


@pytest.mark.usefixtures("_server_at_four")
def test_a_run_on_a_machine_whose_clock_is_wrong_stores_nothing(hotel: Hotel) -> None:
    with time_machine.travel(AHEAD, tick=False), pytest.raises(ClockDiffers) as caught:
        dispatch.run(
            job=fakes.make_job(fakes.greet),
            hotels=[hotel],
            now=AHEAD,
            trigger=Trigger.CRON,
            slot=AHEAD,
        )

    assert not JobExecution.objects.exists()
    assert str(caught.value) == (
        "The clock of this machine, 2026-08-24 04:00 UTC, is 57,600 minutes ahead of the clock of "
        "the database server. No job was run; set the clock, and keep it right with NTP."
    )


@pytest.mark.usefixtures("_server_at_four")
def test_a_schedule_is_not_saved_by_a_clock_that_is_ahead(hotel: Hotel) -> None:
    schedule = own_schedule(hotel, clock="UTC", catch_up="ALL")
    tick_at(FOUR - MINUTE)

    with time_machine.travel(AHEAD, tick=False), pytest.raises(ClockDiffers):
        changes.save_schedule(schedule=schedule, now=AHEAD, by=UserFactory())

    assert not JobExecution.objects.exists()


@pytest.mark.usefixtures("_server_at_four")
def test_a_clock_that_is_ahead_closes_no_lease(hotel: Hotel) -> None:
    with time_machine.travel(FOUR, tick=False):
        claimed(waiting(hotel))

    with time_machine.travel(AHEAD, tick=False):
        assert runner.close_abandoned() == []


@pytest.mark.usefixtures("_server_at_four")
def test_a_command_on_a_machine_whose_clock_is_wrong_says_so_and_exits_with_2(
    hotel: Hotel, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.execute(["manage.py", "run_due_jobs", "--skip-checks"])

    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("Database error: The clock of this machine, ")


def test_the_clock_of_the_database_is_read() -> None:
    assert abs(database_time() - timezone.now()) < MINUTE


@pytest.mark.postgres
def test_the_clock_of_the_database_is_not_ours() -> None:
    """SQLite has no server with a clock of its own."""
    with time_machine.travel(AHEAD, tick=False):
        assert database_time() > timezone.now()
    assert connection.vendor == "postgresql"


# Times in the future, stored by a clock that ran ahead and has been set right


def test_a_retry_stored_by_a_clock_ahead_does_not_wait_for_it(hotel: Hotel) -> None:
    with time_machine.travel(FOUR + 25 * HOUR, tick=False):
        runner.perform(
            execution=claimed(of_slot(hotel, FOUR)), job=fakes.make_job(fakes.crash_after_writing)
        )

    tick_at(FOUR + MINUTE)

    assert JobExecution.objects.get(attempt=2).status == Status.COMPLETED


def test_a_run_started_by_a_clock_ahead_does_not_count_as_running(hotel: Hotel) -> None:
    job = fakes.make_job(fakes.greet)
    with time_machine.travel(AHEAD, tick=False):
        dispatch.run(job=job, hotels=[hotel], now=AHEAD, trigger=Trigger.API)

    with time_machine.travel(FOUR, tick=False):
        outcome = dispatch.run_now(job=job, hotel=hotel, now=FOUR, trigger=Trigger.API)

    assert outcome.status == Status.COMPLETED


def test_a_lease_granted_by_a_clock_ahead_is_over(hotel: Hotel) -> None:
    with time_machine.travel(AHEAD, tick=False):
        row = claimed(waiting(hotel))

    with time_machine.travel(FOUR, tick=False):
        assert runner.close_abandoned() == [row]


def test_what_a_clock_ahead_skipped_is_decided_again_when_it_comes(hotel: Hotel) -> None:
    own_schedule(hotel, "0 * * * *", clock="UTC")
    tick_at(FOUR - 3 * HOUR)
    tick_at(AHEAD)

    tick_at(FOUR + MINUTE)

    ahead = JobExecution.objects.filter(scheduled_for__gt=FOUR + MINUTE)
    assert list(ahead.values_list("scheduled_for", "status")) == [(AHEAD, Status.COMPLETED)]
    past = JobExecution.objects.filter(scheduled_for__lte=FOUR).order_by("scheduled_for")
    assert [row.status for row in past] == ["SKIPPED", "SKIPPED", "COMPLETED"]
    assert {row.words for row in past[:2]} == {"Missed; covered by the 04:00 UTC run."}


def test_what_a_clock_ahead_skipped_as_switched_off_is_run_if_it_is_on_again(hotel: Hotel) -> None:
    schedule = own_schedule(hotel, clock="UTC", enabled=False)
    tick_at(FOUR - HOUR)
    tick_at(FOUR + HOUR)
    assert JobExecution.objects.get().skip_reason == SkipReason.DISABLED

    tick_at(FOUR - 30 * MINUTE)
    with time_machine.travel(FOUR - 30 * MINUTE, tick=False):
        schedule.enabled = True
        changes.save_schedule(schedule=schedule, now=timezone.now(), by=UserFactory())
    tick_at(FOUR)

    assert JobExecution.objects.get().status == Status.COMPLETED


def test_a_schedule_saved_by_a_clock_ahead_is_in_effect_now(hotel: Hotel) -> None:
    own_schedule(hotel, clock="UTC", counts_from=AHEAD)
    tick_at(FOUR - MINUTE)

    tick_at(FOUR)

    assert Guest.objects.count() == 1


def test_what_no_tick_has_looked_at_yet_is_not_in_the_future(hotel: Hotel) -> None:
    own_schedule(hotel, clock="UTC")
    Tick.objects.create(pk=Tick.KEY, looked_until=AHEAD, ticked_at=AHEAD)

    open_due(now=FOUR - MINUTE)

    assert open_due(now=FOUR).due == 1


def test_refusals_counted_by_a_clock_ahead_keep_nobody_out() -> None:
    for _ in range(REFUSALS.allowed):
        REFUSALS.take("192.0.2.1", now=AHEAD)

    assert REFUSALS.take("192.0.2.1", now=FOUR) == 0
