"""Attendants of the unfinished cleans of the day before (domain rule 1)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotels.housekeeping.finishing import finish_clean
from hotels.housekeeping.manual_assignment import assign_task
from hotels.models import Hotel, HousekeepingTask, Room, Shift, StaffMember
from tests.factories import StaffFactory
from tests.jobs.services.housekeeping import (
    TODAY,
    YESTERDAY,
    room_of,
    run,
    task_in,
    the_task,
)

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 7, 14, 21, 40, tzinfo=UTC)
MIDNIGHT = datetime(2026, 7, 14, 23, 0, tzinfo=UTC)  # in Lisbon, before day close
BY_HAND = {"source": "MANUAL", "status": "ASSIGNED", "assigned_by_person": True}
STARTED = {"status": "IN_PROGRESS", "started_at": EVENING}


@pytest.fixture
def room(hotel: Hotel) -> Room:
    return room_of(hotel, number="101", cleanliness="CLEAN")


@pytest.fixture
def off(hotel: Hotel) -> StaffMember:
    person: StaffMember = StaffFactory(hotel=hotel)
    Shift.objects.create(staff=person, date=YESTERDAY)
    return person


@pytest.fixture
def at_work(hotel: Hotel) -> StaffMember:
    person: StaffMember = StaffFactory(hotel=hotel)
    Shift.objects.create(staff=person, date=TODAY)
    return person


def the_task_today(room: Room) -> HousekeepingTask:
    return the_task(room, date=TODAY)


# Cleans added by hand


def test_a_clean_added_by_hand_for_an_attendant_now_off_is_assigned(
    hotel: Hotel, now: datetime, room: Room, off: StaffMember, at_work: StaffMember
) -> None:
    task_in(room, date=YESTERDAY, assignee=off, **BY_HAND)

    result = run(hotel, now)

    task = the_task_today(room)
    assert (task.source, task.assignee, task.status, task.assigned_by_person) == (
        "MANUAL",
        at_work,
        "ASSIGNED",
        False,
    )
    assert (result.tasks_assigned, result.unassigned) == (1, 0)


def test_a_clean_added_by_hand_that_no_attendant_has_time_for_is_reported(
    hotel: Hotel, now: datetime, room: Room, off: StaffMember
) -> None:
    task_in(room, date=YESTERDAY, assignee=off, **BY_HAND)

    result = run(hotel, now)

    assert the_task_today(room).assignee is None
    assert result.attention() == ("1 task unassigned, no attendant on shift has time: room 101",)


def test_a_clean_added_by_hand_is_assigned_in_a_later_round(
    hotel: Hotel, now: datetime, room: Room, off: StaffMember
) -> None:
    task_in(room, date=YESTERDAY, assignee=off, **BY_HAND)
    run(hotel, now)
    Shift.objects.create(staff=off, date=TODAY)

    result = run(hotel, now + timedelta(hours=1))

    assert (the_task_today(room).assignee, result.tasks_assigned) == (off, 1)


def test_a_clean_the_round_assigned_is_assigned_anew_when_its_attendant_goes_on_leave(
    hotel: Hotel, now: datetime, room: Room, off: StaffMember, at_work: StaffMember
) -> None:
    task_in(room, date=YESTERDAY, assignee=off, **BY_HAND)
    run(hotel, now)
    Shift.objects.filter(staff=at_work).update(kind="LEAVE")
    replacement = StaffFactory(hotel=hotel)
    Shift.objects.create(staff=replacement, date=TODAY)

    run(hotel, now + timedelta(hours=1))

    assert the_task_today(room).assignee == replacement


def test_a_rolled_over_clean_that_staff_assign_keeps_its_attendant(
    hotel: Hotel, now: datetime, room: Room, off: StaffMember, at_work: StaffMember
) -> None:
    task_in(room, date=YESTERDAY, assignee=off, **BY_HAND)
    run(hotel, now)
    assign_task(task=the_task_today(room), assignee=off, now=now)

    run(hotel, now + timedelta(hours=1))

    assert the_task_today(room).assignee == off


def test_a_clean_that_staff_add_without_an_attendant_is_left_to_staff(
    hotel: Hotel, now: datetime, room: Room, at_work: StaffMember
) -> None:
    task_in(room, source="MANUAL")

    result = run(hotel, now)

    assert (the_task_today(room).assignee, result.unassigned) == (None, 0)


def test_a_task_whose_attendant_was_deleted_is_assigned(
    hotel: Hotel, now: datetime, room: Room, at_work: StaffMember
) -> None:
    Room.objects.update(cleanliness="DIRTY")
    leaver = StaffFactory(hotel=hotel)
    run(hotel, now)
    assign_task(task=the_task_today(room), assignee=leaver, now=now)
    leaver.delete()

    run(hotel, now + timedelta(hours=1))

    task = the_task_today(room)
    assert (task.assignee, task.assigned_by_person) == (at_work, False)


# Cleans started before midnight


@pytest.mark.parametrize("fields", [{"source": "AUTO"}, BY_HAND], ids=["automatic", "by hand"])
@pytest.mark.parametrize("at", ["midnight", "morning"])
def test_a_clean_started_by_an_attendant_now_off_is_assigned_to_another(
    hotel: Hotel,
    now: datetime,
    room: Room,
    off: StaffMember,
    at_work: StaffMember,
    fields: dict[str, Any],
    at: str,
) -> None:
    """Also at midnight: the default round is the only one before the attendants begin."""
    Room.objects.update(cleanliness="DIRTY")
    left = task_in(room, date=YESTERDAY, kind="DEPARTURE", assignee=off, **fields | STARTED)

    result = run(hotel, MIDNIGHT if at == "midnight" else now)

    task = the_task_today(room)
    assert (task.assignee, task.status, task.started_at, task.rolled_over_from) == (
        at_work,
        "ASSIGNED",
        None,
        left,
    )
    assert (result.tasks_created, result.tasks_assigned) == (1, 1)


def test_a_clean_started_by_an_attendant_now_off_is_reported_if_no_attendant_has_time(
    hotel: Hotel, now: datetime, room: Room, off: StaffMember
) -> None:
    Room.objects.update(cleanliness="DIRTY")
    task_in(room, date=YESTERDAY, kind="DEPARTURE", assignee=off, **STARTED)

    result = run(hotel, now)

    assert (the_task_today(room).status, result.unassigned) == ("PENDING", 1)


def test_a_clean_started_by_an_attendant_at_work_stays_started(
    hotel: Hotel, now: datetime, room: Room, at_work: StaffMember
) -> None:
    task_in(room, date=YESTERDAY, kind="DEPARTURE", assignee=at_work, **STARTED)

    run(hotel, now)

    task = the_task_today(room)
    assert (task.assignee, task.status, task.started_at) == (at_work, "IN_PROGRESS", EVENING)


def test_a_clean_started_without_an_attendant_is_assigned(
    hotel: Hotel, now: datetime, room: Room, at_work: StaffMember
) -> None:
    Room.objects.update(cleanliness="DIRTY")
    task_in(room, date=YESTERDAY, kind="DEPARTURE", **STARTED)

    run(hotel, now)

    assert (the_task_today(room).assignee, the_task_today(room).started_at) == (at_work, None)


def test_an_attendant_off_today_can_finish_the_clean_until_day_close(
    hotel: Hotel, room: Room, off: StaffMember, at_work: StaffMember
) -> None:
    Room.objects.update(cleanliness="DIRTY")
    left = task_in(room, date=YESTERDAY, kind="DEPARTURE", assignee=off, **STARTED)
    run(hotel, MIDNIGHT)
    left.refresh_from_db()

    finish_clean(task=left, now=MIDNIGHT + timedelta(minutes=20))

    room.refresh_from_db()
    assert (room.cleanliness, the_task_today(room).status) == ("CLEAN", "CANCELLED")


def test_a_clean_started_by_an_attendant_now_off_ends_when_the_room_needs_none(
    hotel: Hotel, now: datetime, room: Room, off: StaffMember
) -> None:
    left = task_in(room, date=YESTERDAY, kind="DEPARTURE", assignee=off, **STARTED)

    run(hotel, now)

    left.refresh_from_db()
    assert (HousekeepingTask.objects.count(), left.status) == (1, "ROLLED_OVER")
