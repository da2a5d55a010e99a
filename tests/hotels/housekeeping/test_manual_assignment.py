"""A person gives a task to somebody else, or takes it from everybody (domain rule 1)."""

import pytest

from hotels.errors import ActionRefused
from hotels.housekeeping.manual_assignment import assign_task
from hotels.models import Hotel, HousekeepingTask, Shift, StaffMember
from tests.factories import HotelFactory, RoomFactory, StaffFactory
from tests.jobs.services.housekeeping import TODAY, run, task_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(hotel: Hotel) -> StaffMember:
    return StaffFactory(hotel=hotel, name="Ana")


@pytest.fixture
def task(hotel: Hotel) -> HousekeepingTask:
    return task_in(RoomFactory(hotel=hotel, number="101"))


def test_a_task_given_to_somebody_is_theirs_by_a_person_s_word(task, ana: StaffMember) -> None:
    assign_task(task=task, assignee=ana)

    task.refresh_from_db()
    assert (task.assignee, task.status, task.assigned_by_person) == (ana, "ASSIGNED", True)


def test_a_task_taken_from_everybody_waits_again(task, ana: StaffMember) -> None:
    assign_task(task=task, assignee=ana)

    assign_task(task=task, assignee=None)

    task.refresh_from_db()
    assert (task.assignee, task.status, task.assigned_by_person) == (None, "PENDING", False)


def test_a_task_begun_stays_begun_in_other_hands(task, ana: StaffMember) -> None:
    task.status = "IN_PROGRESS"
    task.save()

    assign_task(task=task, assignee=ana)

    task.refresh_from_db()
    assert (task.assignee, task.status) == (ana, "IN_PROGRESS")


def test_the_next_round_leaves_it_with_whom_a_person_chose(hotel, now, ana: StaffMember) -> None:
    room = RoomFactory(hotel=hotel, cleanliness="DIRTY")
    bruno = StaffFactory(hotel=hotel, name="Bruno", credits_per_day=0)
    run(hotel, now)
    task = HousekeepingTask.objects.get(room=room)

    assign_task(task=task, assignee=bruno)
    run(hotel, now)

    task.refresh_from_db()
    assert task.assignee == bruno


@pytest.mark.parametrize("status", ["DONE", "INSPECTED", "SKIPPED", "CANCELLED", "ROLLED_OVER"])
def test_a_settled_task_is_not_given_to_anybody(task, ana: StaffMember, status: str) -> None:
    task.status = status
    task.save()

    with pytest.raises(ActionRefused, match="nobody is given it any more"):
        assign_task(task=task, assignee=ana)

    task.refresh_from_db()
    assert (task.assignee, task.status) == (None, status)


@pytest.mark.parametrize(
    "fields", [{"active": False}, {"role": "MAINTENANCE"}], ids=["inactive", "of maintenance"]
)
def test_whoever_does_not_clean_here_is_given_nothing(hotel, task, fields) -> None:
    person = StaffFactory(hotel=hotel, **fields)

    with pytest.raises(ActionRefused, match="does not clean in this hotel"):
        assign_task(task=task, assignee=person)


def test_an_attendant_of_another_hotel_is_given_nothing(task) -> None:
    with pytest.raises(ActionRefused, match="does not clean in this hotel"):
        assign_task(task=task, assignee=StaffFactory(hotel=HotelFactory()))


def test_leave_is_said_and_does_not_hinder(task, ana: StaffMember) -> None:
    Shift.objects.create(staff=ana, date=TODAY, kind="LEAVE")

    concerns = assign_task(task=task, assignee=ana)

    assert concerns == ("Ana is not on shift on Wed, 15 Jul 2026.",)
    task.refresh_from_db()
    assert task.assignee == ana


def test_a_day_too_full_is_said_and_does_not_hinder(hotel, task, ana: StaffMember) -> None:
    StaffMember.objects.filter(pk=ana.pk).update(credits_per_day=30)
    ana.refresh_from_db()
    task_in(RoomFactory(hotel=hotel), assignee=ana, status="DONE")

    concerns = assign_task(task=task, assignee=ana)

    assert concerns == ("Ana now has 40 minutes of work, and time for 30.",)
    task.refresh_from_db()
    assert task.assignee == ana


def test_a_day_that_is_just_full_needs_no_word(task, ana: StaffMember) -> None:
    ana.credits_per_day = task.credits

    assert assign_task(task=task, assignee=ana) == ()
