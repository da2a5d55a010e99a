"""Facts that decide what is due change: slots until then are those of the old facts."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from hotels.importing.hotel import move_sandbox
from hotels.models import Guest, Hotel
from jobs import scheduling
from jobs.http_cron.delivery import deliver_slot
from jobs.models import JobExecution, JobSchedule, SkipReason, Status
from jobs.scheduling import GRACE, changes
from jobs.scheduling.opening import open_due
from tests.concurrency import in_thread, run_together
from tests.factories import HotelFactory, UserFactory
from tests.jobs.engine import only_job, own_schedule
from tests.jobs.scheduling.acts import change, tick_at
from tests.waiting import TIMEOUT

pytestmark = pytest.mark.django_db

FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _job() -> Iterator[None]:
    with only_job():
        yield


def remove(schedule: JobSchedule, *, now: datetime) -> None:
    changes.delete_schedule(schedule=schedule, now=now, by=UserFactory())


def states(hotel: Hotel) -> list[tuple[datetime | None, str]]:
    """The slots of a hotel in order, each with its skip reason, or else its status."""
    rows = JobExecution.objects.filter(hotel=hotel).order_by("scheduled_for", "attempt")
    return [(row.scheduled_for, row.skip_reason or row.status) for row in rows]


# Active


def test_slots_before_a_hotel_is_deactivated_are_settled_though_no_tick_came(hotel: Hotel) -> None:
    open_due(now=FOUR - MINUTE)

    change(hotel, now=FOUR + 2 * DAY + HOUR, active=False)

    assert states(hotel) == [
        (FOUR, "missed"),
        (FOUR + DAY, "missed"),
        (FOUR + 2 * DAY, Status.PENDING),
    ]


def test_slots_of_a_hotel_that_is_not_active_are_skipped_with_that_reason(hotel: Hotel) -> None:
    open_due(now=FOUR - HOUR)
    change(hotel, now=FOUR - MINUTE, active=False)

    result = tick_at(FOUR + 2 * DAY + HOUR)

    assert states(hotel) == [(FOUR + days * DAY, "inactive") for days in range(3)]
    assert set(JobExecution.objects.values_list("words", flat=True)) == {"Hotel not active."}
    assert result.success


def test_a_slot_opened_before_a_hotel_is_deactivated_is_not_run_after_it(hotel: Hotel) -> None:
    tick_at(FOUR - MINUTE)
    with time_machine.travel(FOUR + MINUTE, tick=False):
        change(hotel, now=FOUR + MINUTE, active=False)

    tick_at(FOUR + 2 * MINUTE)

    assert states(hotel) == [(FOUR, "inactive")]


def test_activating_a_hotel_runs_none_of_its_past(hotel: Hotel) -> None:
    hotel = HotelFactory(active=False, timezone="UTC")
    own_schedule(hotel, catch_up="ALL")
    tick_at(FOUR - MINUTE)
    with time_machine.travel(FOUR + DAY + MINUTE, tick=False):
        change(hotel, now=timezone.now(), active=True)

    tick_at(FOUR + DAY + 2 * MINUTE)
    tick_at(FOUR + 2 * DAY)

    assert states(hotel) == [
        (FOUR, "inactive"),
        (FOUR + DAY, "inactive"),
        (FOUR + 2 * DAY, Status.COMPLETED),
    ]


def test_without_a_tick_activating_a_hotel_runs_none_of_its_past(hotel: Hotel) -> None:
    change(hotel, now=FOUR - DAY, active=False)
    change(hotel, now=FOUR + HOUR, active=True)

    with only_job() as job:
        slots = [
            scheduling.due_by_default(Hotel.objects.all(), job=job, slot=slot, now=FOUR + DAY)
            for slot in (FOUR, FOUR + DAY)
        ]

    assert [list(hotels) for hotels in slots] == [[], [hotel]]


def test_many_slots_settled_at_once_are_not_told_again(hotel: Hotel) -> None:
    own_schedule(hotel, "*/5 * * * *", clock="UTC")
    open_due(now=FOUR)
    change(hotel, now=FOUR + 2 * HOUR + MINUTE, active=False)
    settled = states(hotel)

    open_due(now=FOUR + 2 * HOUR + 2 * MINUTE)

    assert states(hotel) == settled
    assert JobExecution.objects.filter(metadata__has_key="alsoMissed").count() == 1


def test_a_schedule_of_an_inactive_hotel_that_cannot_be_read_is_no_problem() -> None:
    own_schedule(HotelFactory(active=False, timezone="Mars/Olympus"))
    own_schedule(HotelFactory(active=False), "61 4 * * *")

    assert scheduling.plan_slots(since=FOUR - HOUR, now=FOUR + GRACE).problems == ()


def test_skipping_takes_no_more_queries_for_more_hotels(
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    days = count(1)

    def look() -> None:
        open_due(now=FOUR + next(days) * DAY)

    for hotel in HotelFactory.create_batch(2, active=False):
        own_schedule(hotel, clock="UTC")
    HotelFactory(active=False)
    look()
    few = queries_of(look)
    HotelFactory.create_batch(20, active=False)

    assert queries_of(look) == few


# Time zone


def test_slots_before_a_hotel_moves_are_those_of_its_old_time_zone() -> None:
    hotel = HotelFactory(timezone="Europe/Lisbon")  # 04:00 there is 03:00 UTC
    own_schedule(hotel)
    open_due(now=FOUR - 2 * DAY)

    change(hotel, now=FOUR, timezone="Asia/Tokyo")  # 04:00 there is 19:00 UTC
    open_due(now=FOUR + 23 * HOUR)

    assert states(hotel) == [
        (FOUR - DAY - HOUR, "missed"),
        (FOUR - HOUR, Status.PENDING),
        (FOUR + 15 * HOUR, Status.PENDING),
    ]


def test_without_a_tick_a_new_time_zone_delays_no_default_schedule(hotel: Hotel) -> None:
    change(hotel, now=FOUR + MINUTE, timezone="Asia/Tokyo")

    with only_job() as job:
        due = scheduling.due_by_default(Hotel.objects.all(), job=job, slot=FOUR, now=FOUR + MINUTE)
    assert list(due) == [hotel]


def test_other_settings_of_a_hotel_settle_nothing(hotel: Hotel) -> None:
    open_due(now=FOUR - MINUTE)

    change(hotel, now=FOUR + HOUR, name="Another name")

    assert states(hotel) == []


def test_a_sandbox_moves_before_a_file_is_loaded_into_it() -> None:
    hotel = HotelFactory(code="seaside", name="Seaside", is_sandbox=True, timezone="Europe/Lisbon")
    own_schedule(hotel)
    open_due(now=FOUR - DAY)

    move_sandbox(name="Seaside", now=FOUR, timezone="Asia/Tokyo")

    hotel.refresh_from_db()
    assert hotel.timezone == "Asia/Tokyo"
    assert states(hotel) == [(FOUR - HOUR, Status.PENDING)]


# Own schedules


def test_without_its_own_schedule_a_hotel_has_no_default_slot_from_before(hotel: Hotel) -> None:
    own = own_schedule(hotel, "0 4 1 * *", clock="UTC")  # on the first of the month
    open_due(now=FOUR - 3 * DAY)

    remove(own, now=FOUR + HOUR)
    open_due(now=FOUR + 2 * HOUR)

    assert states(hotel) == []


def test_a_default_slot_just_before_an_own_schedule_is_deleted_is_not_due(hotel: Hotel) -> None:
    own = own_schedule(hotel, "0 5 * * *", clock="UTC")
    open_due(now=FOUR + MINUTE)

    remove(own, now=FOUR + 2 * MINUTE)
    open_due(now=FOUR + HOUR)

    assert states(hotel) == []


def test_a_cron_call_does_not_run_a_slot_from_before_an_own_schedule_was_deleted(
    hotel: Hotel,
) -> None:
    own = own_schedule(hotel, "0 5 * * *", clock="UTC")
    with only_job() as job, time_machine.travel(FOUR + 2 * HOUR, tick=False):
        remove(own, now=timezone.now())

        delivery = deliver_slot(job=job, now=timezone.now(), budget=10, concurrency=1)

    assert (delivery.progress.total, Guest.objects.count()) == (0, 0)


def test_a_schedule_paused_while_the_hotel_is_not_active_is_skipped_for_the_hotel(
    hotel: Hotel,
) -> None:
    hotel = HotelFactory(active=False)
    own_schedule(hotel, clock="UTC", enabled=False)

    found = scheduling.plan_slots(since=FOUR - MINUTE, now=FOUR)

    assert [each.reason for _, each in found.missed] == [SkipReason.INACTIVE]


# At the same time


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_hotels_schedules_and_ticks_change_together_without_waiting_for_each_other() -> None:
    """Needs transactions that wait for each other's rows, which SQLite has not."""
    hotel, user = HotelFactory(), UserFactory()
    kept = own_schedule(hotel)
    with only_job(name="shine-shoes"):
        gone = own_schedule(hotel, job_name="shine-shoes")
    now = timezone.now()
    open_due(now=now - HOUR)

    def delete() -> None:
        changes.delete_schedule(schedule=gone, now=now, by=user)

    run_together(
        lambda: change(Hotel.objects.get(), now=now, timezone="Asia/Tokyo"),
        lambda: changes.save_schedule(schedule=kept, now=now, by=user),
        delete,
        lambda: open_due(now=now),
    )

    assert JobSchedule.objects.get().counts_from == now


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_hotel_that_was_locked_and_then_moved_keeps_the_slots_of_its_old_time_zone() -> None:
    """Needs a second transaction that locks the hotel, which SQLite has not."""
    hotel = HotelFactory(timezone="Europe/Lisbon")  # 04:00 there is 03:00 UTC
    own_schedule(hotel)
    open_due(now=FOUR - DAY)
    with transaction.atomic():
        Hotel.objects.select_for_update().get()
        in_thread(lambda: open_due(now=FOUR)).result(TIMEOUT)

    change(hotel, now=FOUR + HOUR, timezone="Asia/Kolkata")  # 04:00 there is 22:30 UTC
    open_due(now=FOUR + 2 * HOUR)

    assert states(hotel) == [(FOUR - HOUR, Status.PENDING)]
