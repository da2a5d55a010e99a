"""Default schedules: new hotels, new versions of the code, and how pages show slots not due."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps

from hotels.models import Hotel
from hotels.property_changes import save_hotel
from jobs.console.home.job_status import job_statuses
from jobs.console.timeline.slots import SlotState, Span, read_slots
from jobs.models import DefaultSchedule, JobExecution, Status
from jobs.scheduling import GRACE
from jobs.scheduling.opening import open_due
from tests.factories import HotelFactory
from tests.jobs.engine import only_job, own_schedule
from tests.jobs.scheduling.acts import change, tick_at

pytestmark = pytest.mark.django_db

FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _job() -> Iterator[None]:
    with only_job():
        yield


def states(hotel: Hotel) -> list[tuple[datetime | None, str]]:
    """The slots of a hotel in order, each with its skip reason, or else its status."""
    rows = JobExecution.objects.filter(hotel=hotel).order_by("scheduled_for", "attempt")
    return [(row.scheduled_for, row.skip_reason or row.status) for row in rows]


def test_a_hotel_created_while_no_tick_came_has_no_slots_from_before() -> None:
    open_due(now=FOUR - 3 * DAY)
    hotel = HotelFactory.build(timezone="UTC")
    save_hotel(hotel=hotel, now=FOUR + HOUR)

    open_due(now=FOUR + 2 * HOUR)
    open_due(now=FOUR + DAY + GRACE)

    assert states(hotel) == [(FOUR + DAY, Status.PENDING)]


def test_a_default_schedule_changed_in_the_code_counts_from_the_first_tick_that_sees_it(
    hotel: Hotel,
) -> None:
    open_due(now=FOUR - HOUR)

    with only_job(schedule="30 3 * * *"):
        open_due(now=FOUR + MINUTE)
        open_due(now=FOUR + DAY)

    assert states(hotel) == [(FOUR, Status.PENDING), (FOUR + 23 * HOUR + 30 * MINUTE, "PENDING")]


def test_a_change_before_a_tick_sees_the_new_code_settles_by_the_old_default_schedule(
    hotel: Hotel,
) -> None:
    open_due(now=FOUR - HOUR)

    with only_job(schedule="30 3 * * *"):
        change(hotel, now=FOUR + MINUTE, active=False)

    assert states(hotel) == [(FOUR, Status.PENDING)]


def test_a_job_that_is_new_in_the_code_has_no_slots_from_before(hotel: Hotel) -> None:
    with only_job(name="shine-shoes", schedule="0 0 1 1 *"):
        open_due(now=FOUR - 3 * DAY)

    open_due(now=FOUR + HOUR)

    assert states(hotel) == []


def test_default_schedules_recorded_for_the_first_time_have_been_in_effect(hotel: Hotel) -> None:
    open_due(now=FOUR - HOUR)
    DefaultSchedule.objects.all().delete()  # the tables of an earlier version

    open_due(now=FOUR + MINUTE)
    open_due(now=FOUR + HOUR)

    assert states(hotel) == [(FOUR, Status.PENDING)]


def test_new_code_is_not_late_with_slots_from_before_it(hotel: Hotel) -> None:
    open_due(now=FOUR - HOUR)
    open_due(now=FOUR + HOUR)

    with only_job(schedule="30 3 * * *") as job:
        open_due(now=FOUR + HOUR + MINUTE)
        (status,) = job_statuses(hotels=[hotel], jobs=[job], now=FOUR + 2 * HOUR)["greet-guests"]

    assert status.last_slot is None


def test_earlier_code_finds_a_reason_that_it_knows(hotel: Hotel) -> None:
    open_due(now=FOUR - HOUR)
    change(hotel, now=FOUR - MINUTE, active=False)
    open_due(now=FOUR + HOUR)

    migration = import_module("jobs.migrations.0014_default_schedules")
    migration.name_an_older_reason(apps, None)

    assert states(hotel) == [(FOUR, "disabled")]


# Pages


def test_the_timeline_shows_slots_of_inactive_time_as_skipped(hotel: Hotel) -> None:
    own_schedule(hotel, "*/5 * * * *", clock="UTC")
    open_due(now=FOUR)
    change(hotel, now=FOUR + MINUTE, active=False)
    open_due(now=FOUR + 2 * HOUR)

    span = Span(since=FOUR + MINUTE, until=FOUR + 2 * HOUR, now=FOUR + 2 * HOUR)
    with only_job() as job:
        found = read_slots(hotels=[hotel], jobs=[job], span=span)

    assert {slot.state for slot in found[hotel.pk, "greet-guests"]} == {SlotState.SKIPPED}


def test_home_does_not_ask_to_review_a_run_from_before_the_hotel_was_inactive(hotel: Hotel) -> None:
    tick_at(FOUR - MINUTE)
    change(hotel, now=FOUR - MINUTE, active=False)
    tick_at(FOUR + HOUR)
    change(hotel, now=FOUR + 2 * HOUR, active=True)

    with only_job() as job:
        (status,) = job_statuses(hotels=[hotel], jobs=[job], now=FOUR + 3 * HOUR)["greet-guests"]

    assert (status.run_to_review, status.late(now=FOUR + 3 * HOUR)) == (None, None)
