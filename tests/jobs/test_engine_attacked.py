"""What an attack on the engine found, each as the promise that was broken."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from hotels.models import Guest, Hotel
from jobs import runner, tick
from jobs.backfill import backfill, past_slots
from jobs.base import JobContext, JobFailed
from jobs.http_cron.lock import delivery_lock
from jobs.models import JobExecution, JobSchedule, SkipReason, Status, Tick
from jobs.scheduling import changes
from jobs.scheduling.opening import open_due
from tests.factories import HotelFactory, UserFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, lapse, of_slot, only_job, own_schedule

pytestmark = pytest.mark.django_db

FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _job() -> Iterator[None]:
    with only_job():
        yield


def beat(now: datetime) -> tick.TickResult:
    with time_machine.travel(now, tick=False):
        return tick.run_tick(now=now)


def test_one_tick_of_a_clock_behind_runs_nothing_that_was_given_up(hotel: Hotel) -> None:
    own_schedule(hotel, clock="UTC", catch_up="NONE")
    beat(FOUR - 10 * DAY)
    beat(FOUR + 2 * HOUR)

    beat(FOUR - 11 * DAY)
    beat(FOUR + 2 * HOUR + MINUTE)

    assert not Guest.objects.exists()


def test_a_look_of_a_clock_that_was_years_behind_goes_back_months(hotel: Hotel) -> None:
    own_schedule(hotel, "0 4 1 * *", clock="UTC", catch_up="ALL")
    Tick.objects.create(pk=Tick.KEY, looked_until=datetime(1990, 1, 1, tzinfo=UTC), ticked_at=FOUR)

    assert open_due(now=FOUR).due == 3


class _Untold(fakes.Greetings):
    """A result that cannot be told."""

    def summary(self) -> str:
        raise ZeroDivisionError("in the words")


def _untold(context: JobContext) -> fakes.Greetings:
    return _Untold(hotel_id=context.hotel.pk, done=1)


def _with_nul(context: JobContext) -> fakes.Greetings:
    raise JobFailed("the guest \x00 \udc80 cannot be read")


@pytest.mark.parametrize("service", [_untold, _with_nul])
def test_a_failure_that_is_hard_to_store_is_recorded_all_the_same(
    hotel: Hotel, service: Any
) -> None:
    row = claimed(of_slot(hotel, FOUR))

    outcome = runner.perform(execution=row, job=fakes.make_job(service))

    row.refresh_from_db()
    assert outcome.status == row.status == Status.FAILED
    assert row.error


def test_a_hotel_without_a_readable_time_zone_stops_no_other() -> None:
    lost, other = HotelFactory(timezone="Mars/Olympus"), HotelFactory()
    own_schedule(lost)
    own_schedule(other, clock="UTC")
    open_due(now=FOUR - MINUTE)

    opened = open_due(now=FOUR)

    assert opened.due == 1
    assert "unknown time zone 'Mars/Olympus'" in opened.problems[0]


def test_what_was_called_off_before_its_worker_died_is_not_tried_again(hotel: Hotel) -> None:
    row = claimed(of_slot(hotel, FOUR))
    runner.cancel(execution=row, by=UserFactory(username="ana"))
    lapse(row)

    runner.close_abandoned()

    row.refresh_from_db()
    assert (row.skip_reason, row.words) == (SkipReason.CANCELLED, "cancelled by ana")
    assert JobExecution.objects.count() == 1


def test_what_was_called_off_before_it_failed_is_not_tried_again(hotel: Hotel) -> None:
    row = claimed(of_slot(hotel, FOUR))
    runner.cancel(execution=row, by=UserFactory())

    runner.perform(execution=row, job=fakes.make_job(fakes.fail_after_writing))

    assert JobExecution.objects.count() == 1


def test_nothing_that_waits_is_run_for_a_hotel_that_is_not_active(hotel: Hotel) -> None:
    row = of_slot(hotel, FOUR)
    Hotel.objects.update(active=False)

    beat(FOUR)

    row.refresh_from_db()
    assert (row.status, row.skip_reason) == (Status.SKIPPED, SkipReason.INACTIVE)


def test_a_turn_left_by_a_clock_that_ran_ahead_holds_nobody_up() -> None:
    half_a_minute = timedelta(seconds=30)
    with delivery_lock(job_name="greet-guests", now=FOUR + DAY, at_most=half_a_minute):
        pass

    with delivery_lock(job_name="greet-guests", now=FOUR, at_most=half_a_minute) as ours:
        assert ours


def test_a_schedule_edited_by_a_clock_a_second_behind_loses_no_slot(hotel: Hotel) -> None:
    open_due(now=FOUR + timedelta(seconds=1))
    new = JobSchedule(hotel=hotel, job_name="greet-guests", expression="0 4 * * *", clock="UTC")

    changes.save_schedule(schedule=new, now=FOUR - timedelta(seconds=1), by=UserFactory())
    open_due(now=FOUR + MINUTE)

    assert JobExecution.objects.get().scheduled_for == FOUR


def test_a_slot_caught_up_by_hand_is_tried_as_often_as_its_hotel_says(hotel: Hotel) -> None:
    own_schedule(hotel, clock="UTC", attempts=7)
    with only_job() as job, time_machine.travel(FOUR + HOUR, tick=False):
        slots = list(past_slots(job=job, hotels=[hotel], start=FOUR, end=FOUR))
        backfill(job=job, slots=slots, now=timezone.now())

    assert JobExecution.objects.get().metadata["retry"]["attempts"] == 7
