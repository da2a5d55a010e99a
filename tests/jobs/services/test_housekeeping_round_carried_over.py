"""Attendants of the unfinished cleans of the day before (domain rule 1)."""

from datetime import datetime, timedelta

import pytest

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

BY_HAND = {"source": "MANUAL", "status": "ASSIGNED", "assigned_by_person": True}


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
    assign_task(task=the_task_today(room), assignee=off)

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
    assign_task(task=the_task_today(room), assignee=leaver)
    leaver.delete()

    run(hotel, now + timedelta(hours=1))

    task = the_task_today(room)
    assert (task.assignee, task.assigned_by_person) == (at_work, False)
