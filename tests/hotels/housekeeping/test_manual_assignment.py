"""Assigning and unassigning tasks by hand (domain rule 1)."""

from datetime import UTC, datetime

import pytest

from hotels.errors import ActionRefused
from hotels.housekeeping.manual_assignment import assign_task
from hotels.models import Hotel, HousekeepingTask, Shift, StaffMember
from tests.factories import HotelFactory, RoomFactory, StaffFactory
from tests.jobs.services.housekeeping import TODAY, run, task_in

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


@pytest.fixture
def ana(hotel: Hotel) -> StaffMember:
    return StaffFactory(hotel=hotel, name="Ana")


@pytest.fixture
def task(hotel: Hotel) -> HousekeepingTask:
    return task_in(RoomFactory(hotel=hotel, number="101"))


def test_a_task_assigned_by_hand_is_marked_as_such(task, ana: StaffMember) -> None:
    assign_task(task=task, assignee=ana, now=NOW)

    task.refresh_from_db()
    assert (task.assignee, task.status, task.assigned_by_person) == (ana, "ASSIGNED", True)


def test_an_unassigned_task_is_pending_again(task, ana: StaffMember) -> None:
    assign_task(task=task, assignee=ana, now=NOW)

    assign_task(task=task, assignee=None, now=NOW)

    task.refresh_from_db()
    assert (task.assignee, task.status, task.assigned_by_person) == (None, "PENDING", False)


def test_a_started_task_stays_in_progress_when_it_is_reassigned(task, ana: StaffMember) -> None:
    task.status = "IN_PROGRESS"
    task.save()

    assign_task(task=task, assignee=ana, now=NOW)

    task.refresh_from_db()
    assert (task.assignee, task.status) == (ana, "IN_PROGRESS")


def test_the_next_round_keeps_an_assignment_made_by_hand(hotel, now, ana: StaffMember) -> None:
    room = RoomFactory(hotel=hotel, cleanliness="DIRTY")
    bruno = StaffFactory(hotel=hotel, name="Bruno", credits_per_day=0)
    run(hotel, now)
    task = HousekeepingTask.objects.get(room=room)

    assign_task(task=task, assignee=bruno, now=NOW)
    run(hotel, now)

    task.refresh_from_db()
    assert task.assignee == bruno


@pytest.mark.parametrize("status", ["DONE", "INSPECTED", "SKIPPED", "CANCELLED", "ROLLED_OVER"])
def test_a_closed_task_cannot_be_assigned(task, ana: StaffMember, status: str) -> None:
    task.status = status
    task.save()

    with pytest.raises(ActionRefused, match="can no longer be assigned"):
        assign_task(task=task, assignee=ana, now=NOW)

    task.refresh_from_db()
    assert (task.assignee, task.status) == (None, status)


@pytest.mark.parametrize(
    "fields", [{"active": False}, {"role": "MAINTENANCE"}], ids=["inactive", "of maintenance"]
)
def test_staff_who_are_not_active_housekeepers_cannot_be_assigned(hotel, task, fields) -> None:
    staff = StaffFactory(hotel=hotel, **fields)

    with pytest.raises(ActionRefused, match="is not an active housekeeper of this hotel"):
        assign_task(task=task, assignee=staff, now=NOW)


def test_a_housekeeper_of_another_hotel_cannot_be_assigned(task) -> None:
    with pytest.raises(ActionRefused, match="is not an active housekeeper of this hotel"):
        assign_task(task=task, assignee=StaffFactory(hotel=HotelFactory()), now=NOW)


def test_a_task_can_be_assigned_to_an_attendant_on_leave_with_a_warning(
    task, ana: StaffMember
) -> None:
    Shift.objects.create(staff=ana, date=TODAY, kind="LEAVE")

    warnings = assign_task(task=task, assignee=ana, now=NOW)

    assert warnings == ("Ana is not on shift on Wed, 15 Jul 2026.",)
    task.refresh_from_db()
    assert task.assignee == ana


def test_a_task_can_be_assigned_beyond_the_capacity_with_a_warning(
    hotel, task, ana: StaffMember
) -> None:
    StaffMember.objects.filter(pk=ana.pk).update(credits_per_day=30)
    ana.refresh_from_db()
    task_in(RoomFactory(hotel=hotel), assignee=ana, status="DONE")

    warnings = assign_task(task=task, assignee=ana, now=NOW)

    assert warnings == ("Ana now has 40 minutes of work but only 30 minutes of time.",)
    task.refresh_from_db()
    assert task.assignee == ana


def test_a_day_filled_exactly_gives_no_warning(task, ana: StaffMember) -> None:
    ana.credits_per_day = task.credits

    assert assign_task(task=task, assignee=ana, now=NOW) == ()
