"""Cleans finished after midnight, when the round has rolled them over (domain rule 1).

The round of midnight runs before day close, so the clean of the day before can still be finished.
"""

from datetime import UTC, datetime

import pytest

from hotels.front_desk.check_out import check_out
from hotels.housekeeping.finishing import finish_clean, start_clean
from hotels.models import BookingRoom, Hotel, HousekeepingTask, Room, StaffMember
from tests.factories import StaffFactory
from tests.jobs.services.housekeeping import (
    TODAY,
    YESTERDAY,
    guest_in,
    room_of,
    run,
    task_in,
    the_task,
)

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 7, 14, 21, 40, tzinfo=UTC)
MIDNIGHT = datetime(2026, 7, 14, 23, 0, tzinfo=UTC)  # in Lisbon
AT_0015 = datetime(2026, 7, 14, 23, 15, tzinfo=UTC)
AT_0030 = datetime(2026, 7, 14, 23, 30, tzinfo=UTC)
MORNING = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


@pytest.fixture
def room(hotel: Hotel) -> Room:
    return room_of(hotel, number="101", cleanliness="DIRTY")


@pytest.fixture
def ana(hotel: Hotel) -> StaffMember:
    person: StaffMember = StaffFactory(hotel=hotel, name="Ana")
    return person


def finish_after_midnight(task: HousekeepingTask) -> None:
    task.refresh_from_db()
    finish_clean(task=task, now=AT_0030)


def leave(guest: BookingRoom) -> None:
    check_out(stay=guest, now=AT_0015)


def test_a_stay_over_clean_does_not_cancel_the_departure_clean_of_the_new_day(
    hotel: Hotel, room: Room
) -> None:
    guest_in(room, until=0)
    yesterday = task_in(room, date=YESTERDAY)
    run(hotel, MIDNIGHT)

    finish_after_midnight(yesterday)

    assert (the_task(room, date=YESTERDAY).status, the_task(room, date=TODAY).status) == (
        "DONE",
        "PENDING",
    )
    assert the_task(room, date=TODAY).kind == "DEPARTURE"


def test_a_stay_over_clean_settles_the_stay_over_clean_of_the_new_day(
    hotel: Hotel, room: Room
) -> None:
    guest_in(room, until=2)
    yesterday = task_in(room, date=YESTERDAY)
    run(hotel, MIDNIGHT)

    finish_after_midnight(yesterday)

    assert the_task(room, date=TODAY).status == "CANCELLED"


def test_a_departure_clean_settles_the_departure_clean_of_the_new_day(
    hotel: Hotel, room: Room
) -> None:
    yesterday = task_in(room, date=YESTERDAY, kind="DEPARTURE")
    run(hotel, MIDNIGHT)

    finish_after_midnight(yesterday)

    assert the_task(room, date=TODAY).status == "CANCELLED"


def test_a_departure_clean_settles_the_stay_over_clean_of_the_new_day(
    hotel: Hotel, room: Room
) -> None:
    guest_in(room, until=2)
    yesterday = task_in(room, date=YESTERDAY, kind="DEPARTURE")
    run(hotel, MIDNIGHT)
    assert the_task(room, date=TODAY).kind == "STAYOVER"

    finish_after_midnight(yesterday)

    assert the_task(room, date=TODAY).status == "CANCELLED"


def test_a_departure_clean_does_not_settle_the_one_of_the_next_guest(
    hotel: Hotel, room: Room
) -> None:
    """The next guest arrived into the room before it was cleaned, and leaves today."""
    yesterday = task_in(room, date=YESTERDAY, kind="DEPARTURE")
    next_guest = guest_in(room, until=0)
    run(hotel, MIDNIGHT)

    finish_after_midnight(yesterday)

    task = the_task(room, date=TODAY)
    assert (task.kind, task.booking_room, task.status) == ("DEPARTURE", next_guest, "PENDING")


def test_a_started_stay_over_clean_leaves_the_departure_clean_to_be_started(
    hotel: Hotel, room: Room, ana: StaffMember
) -> None:
    guest_in(room, until=0)
    yesterday = task_in(room, date=YESTERDAY, assignee=ana, status="ASSIGNED")
    start_clean(task=yesterday, now=EVENING)
    run(hotel, MIDNIGHT)
    assert the_task(room, date=TODAY).status == "IN_PROGRESS"

    finish_after_midnight(yesterday)

    task = the_task(room, date=TODAY)
    assert (task.kind, task.status, task.started_at, task.assignee) == (
        "DEPARTURE",
        "ASSIGNED",
        None,
        ana,
    )


def test_a_departure_clean_started_after_midnight_stays_started(
    hotel: Hotel, room: Room, ana: StaffMember
) -> None:
    guest = guest_in(room, until=0)
    yesterday = task_in(room, date=YESTERDAY)
    run(hotel, MIDNIGHT)
    leave(guest)
    start_clean(task=the_task(room, date=TODAY), now=AT_0015)

    finish_after_midnight(yesterday)

    task = the_task(room, date=TODAY)
    assert (task.status, task.started_at) == ("IN_PROGRESS", AT_0015)


@pytest.mark.parametrize("left", [False, True])
def test_a_stay_over_clean_makes_the_room_clean_until_its_guest_leaves(
    hotel: Hotel, room: Room, left: bool
) -> None:
    guest = guest_in(room, until=0)
    yesterday = task_in(room, date=YESTERDAY)
    run(hotel, MIDNIGHT)
    if left:
        leave(guest)

    finish_after_midnight(yesterday)
    run(hotel, MORNING)

    room.refresh_from_db()
    assert room.cleanliness == ("DIRTY" if left else "CLEAN")
    assert the_task(room, date=TODAY).status in HousekeepingTask.OPEN_STATUSES


def test_inspecting_a_clean_of_yesterday_in_the_morning_settles_nothing(
    hotel: Hotel, room: Room
) -> None:
    guest_in(room, until=2)
    yesterday = task_in(room, date=YESTERDAY)
    run(hotel, MIDNIGHT)
    finish_after_midnight(yesterday)
    run(hotel, MORNING)  # the stay-over clean of the new day is due again

    finish_clean(task=yesterday, inspected=True, now=MORNING)

    assert the_task(room, date=TODAY).status in HousekeepingTask.OPEN_STATUSES
