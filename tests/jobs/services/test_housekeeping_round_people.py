"""Assignment of tasks, and tasks changed by staff that the round keeps (domain rule 1)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotels.models import Hotel, HousekeepingTask, Room, Shift
from jobs.base import JobContext
from jobs.services.housekeeping_round import run_housekeeping_round
from tests.factories import StaffFactory
from tests.jobs.services.housekeeping import (
    TODAY,
    YESTERDAY,
    guest_in,
    room_of,
    run,
    shorten_stay,
    task_in,
    the_task,
)

pytestmark = pytest.mark.django_db


# Assignment


def test_only_attendants_on_shift_are_assigned_tasks(hotel: Hotel, now: datetime) -> None:
    at_work, on_leave, off = StaffFactory.create_batch(3, hotel=hotel)
    Shift.objects.create(staff=at_work, date=TODAY)
    Shift.objects.create(staff=on_leave, date=TODAY, kind="LEAVE")
    Shift.objects.create(staff=off, date=YESTERDAY)
    for _ in range(3):
        room_of(hotel, cleanliness="DIRTY")

    result = run(hotel, now)

    assert result.tasks_assigned == 3
    assert set(HousekeepingTask.objects.values_list("assignee", "status")) == {
        (at_work.pk, "ASSIGNED")
    }


def test_without_any_shifts_all_active_attendants_are_on_duty(hotel: Hotel, now: datetime) -> None:
    person = StaffFactory(hotel=hotel)
    room = room_of(hotel, cleanliness="DIRTY")
    Shift.objects.create(staff=StaffFactory(), date=TODAY)

    run(hotel, now)

    assert the_task(room).assignee == person


@pytest.mark.parametrize("role", ["FRONT_DESK", "MAINTENANCE"])
def test_a_rota_of_another_role_alone_does_not_leave_housekeeping_empty(
    hotel: Hotel, now: datetime, role: str
) -> None:
    person = StaffFactory(hotel=hotel)
    Shift.objects.create(staff=StaffFactory(hotel=hotel, role=role), date=TODAY)
    room = room_of(hotel, cleanliness="DIRTY")

    run(hotel, now)

    assert the_task(room).assignee == person


def test_a_hotel_with_shifts_has_no_attendant_on_a_date_without_one(
    hotel: Hotel, now: datetime
) -> None:
    Shift.objects.create(staff=StaffFactory(hotel=hotel), date=YESTERDAY)
    room_of(hotel, cleanliness="DIRTY", number="7")

    result = run(hotel, now)

    assert (result.tasks_created, result.tasks_assigned, result.unassigned) == (1, 0, 1)


@pytest.mark.parametrize(
    "fields", [{"active": False}, {"role": "MAINTENANCE"}, {"role": "FRONT_DESK"}]
)
def test_only_active_housekeeping_staff_are_assigned_tasks(
    hotel: Hotel, now: datetime, fields: dict[str, Any]
) -> None:
    StaffFactory(hotel=hotel, **fields)
    room = room_of(hotel, cleanliness="DIRTY")

    run(hotel, now)

    assert the_task(room).assignee is None


def test_staff_of_another_hotel_are_assigned_nothing(hotel: Hotel, now: datetime) -> None:
    StaffFactory()
    room = room_of(hotel, cleanliness="DIRTY")

    run(hotel, now)

    assert the_task(room).assignee is None


def test_a_task_no_attendant_has_time_for_stays_pending_and_is_reported(
    hotel: Hotel, now: datetime
) -> None:
    StaffFactory(hotel=hotel, credits_per_day=30)
    for number in ("101", "102"):
        room_of(hotel, cleanliness="DIRTY", number=number)

    result = run(hotel, now)

    assert (result.tasks_created, result.tasks_assigned, result.unassigned) == (2, 1, 1)
    assert result.attention() == ("1 task unassigned, no attendant on shift has time: room 102",)
    assert HousekeepingTask.objects.get(room__number="102").status == "PENDING"


def test_an_unassigned_task_is_assigned_once_an_attendant_is_on_shift(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    run(hotel, now)
    person = StaffFactory(hotel=hotel)

    result = run(hotel, now + timedelta(hours=1))

    assert (the_task(room).assignee, the_task(room).status) == (person, "ASSIGNED")
    assert (result.tasks_created, result.tasks_assigned, result.unassigned) == (0, 1, 0)


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("ASSIGNED", True),
        ("IN_PROGRESS", True),
        ("DONE", True),
        ("INSPECTED", True),
        ("SKIPPED", False),
        ("CANCELLED", False),
        ("ROLLED_OVER", False),
    ],
)
def test_manual_and_finished_tasks_of_the_day_count_as_load(
    hotel: Hotel, now: datetime, status: str, counts: bool
) -> None:
    person = StaffFactory(hotel=hotel, credits_per_day=45)
    task_in(room_of(hotel), source="MANUAL", assignee=person, status=status, credits=20)
    room = room_of(hotel, cleanliness="DIRTY")

    run(hotel, now)

    assert (the_task(room).assignee is None) is counts


def test_yesterdays_tasks_do_not_count_as_load_today(hotel: Hotel, now: datetime) -> None:
    person = StaffFactory(hotel=hotel, credits_per_day=30)
    task_in(room_of(hotel), date=YESTERDAY, assignee=person, status="DONE")
    room = room_of(hotel, cleanliness="DIRTY")

    run(hotel, now)

    assert the_task(room).assignee == person


def test_a_task_of_an_attendant_now_on_leave_is_reassigned(hotel: Hotel, now: datetime) -> None:
    ill = StaffFactory(hotel=hotel)
    room = room_of(hotel, cleanliness="DIRTY")
    run(hotel, now)
    Shift.objects.create(staff=ill, date=TODAY, kind="LEAVE")
    replacement = StaffFactory(hotel=hotel)
    Shift.objects.create(staff=replacement, date=TODAY)

    context = JobContext(hotel=hotel, now=now)

    run_housekeeping_round(context)

    assert the_task(room).assignee == replacement
    assert list(context.effects()) == ["task assigned"]


def test_a_retyped_task_its_assignee_has_no_time_for_is_unassigned(
    hotel: Hotel, now: datetime
) -> None:
    StaffFactory(hotel=hotel, credits_per_day=25)
    room = room_of(hotel)
    guest = guest_in(room, until=2)
    run(hotel, now)
    assert the_task(room).status == "ASSIGNED"
    shorten_stay(guest, departure=TODAY)

    result = run(hotel, now + timedelta(hours=1))

    task = the_task(room)
    assert (task.kind, task.credits, task.status, task.assignee) == (
        "DEPARTURE",
        30,
        "PENDING",
        None,
    )
    assert result.unassigned == 1


def test_a_retyped_task_keeps_the_assignee_who_has_time_for_it(hotel: Hotel, now: datetime) -> None:
    person = StaffFactory(hotel=hotel)
    room = room_of(hotel)
    guest = guest_in(room, until=2)
    run(hotel, now)
    shorten_stay(guest, departure=TODAY)

    run(hotel, now + timedelta(hours=1))

    assert (the_task(room).kind, the_task(room).assignee) == ("DEPARTURE", person)


# Tasks changed by staff


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "MANUAL"},
        {"status": "ASSIGNED", "assigned_by_person": True},
        {"status": "IN_PROGRESS", "started_at": datetime(2026, 7, 15, 5, tzinfo=UTC)},
        {"status": "ASSIGNED", "started_at": datetime(2026, 7, 15, 5, tzinfo=UTC)},
        {"status": "DONE"},
        {"status": "INSPECTED"},
        {"status": "SKIPPED"},
        {"status": "CANCELLED"},
    ],
    ids=lambda fields: "-".join(str(value) for value in fields.values()),
)
@pytest.mark.parametrize(
    ("cleanliness", "clean"),
    [
        ("CLEAN", {"kind": "STAYOVER"}),
        ("DIRTY", {"kind": "DEPARTURE", "priority": "NORMAL", "credits": 30}),
    ],
    ids=["not needed", "needed"],
)
def test_tasks_changed_by_staff_are_never_changed_by_the_round(
    hotel: Hotel, now: datetime, fields: dict[str, Any], cleanliness: str, clean: dict[str, Any]
) -> None:
    person = StaffFactory(hotel=hotel)
    chosen = {"assignee": person} if "assigned_by_person" in fields else {}
    task = task_in(room_of(hotel, cleanliness=cleanliness), **clean | fields | chosen)
    before = HousekeepingTask.objects.filter(pk=task.pk).values().get()

    run(hotel, now)

    assert HousekeepingTask.objects.filter(pk=task.pk).values().get() == before


@pytest.mark.parametrize("status", ["DONE", "INSPECTED", "SKIPPED", "CANCELLED", "ROLLED_OVER"])
@pytest.mark.parametrize("cleanliness", ["CLEAN", "DIRTY"])
def test_closed_tasks_of_earlier_dates_are_never_changed_by_the_round(
    hotel: Hotel, now: datetime, status: str, cleanliness: str
) -> None:
    task = task_in(room_of(hotel, cleanliness=cleanliness), date=YESTERDAY, status=status)
    before = HousekeepingTask.objects.filter(pk=task.pk).values().get()

    run(hotel, now)

    assert HousekeepingTask.objects.filter(pk=task.pk).values().get() == before


def test_a_task_cancelled_by_staff_is_not_created_again(hotel: Hotel, now: datetime) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    run(hotel, now)
    HousekeepingTask.objects.update(status="CANCELLED")

    run(hotel, now + timedelta(hours=1))

    assert the_task(room).status == "CANCELLED"


def test_a_task_cancelled_by_the_round_and_skipped_by_staff_is_not_created_again(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    run(hotel, now)
    Room.objects.update(cleanliness="CLEAN")
    run(hotel, now)
    HousekeepingTask.objects.update(status="SKIPPED")
    Room.objects.update(cleanliness="DIRTY")

    run(hotel, now)

    assert the_task(room).status == "SKIPPED"


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "DONE"])
def test_a_manual_task_of_the_same_kind_is_not_duplicated(
    hotel: Hotel, now: datetime, status: str
) -> None:
    room = room_of(hotel)
    guest_in(room)
    task_in(room, source="MANUAL", status=status)

    run(hotel, now)

    assert the_task(room).source == "MANUAL"


def test_a_cancelled_manual_task_does_not_replace_the_clean(hotel: Hotel, now: datetime) -> None:
    room = room_of(hotel)
    guest_in(room)
    task_in(room, source="MANUAL", status="CANCELLED")

    run(hotel, now)

    assert the_task(room, source="AUTO").status == "PENDING"


def test_a_manual_departure_clean_covers_the_stay_over_clean(hotel: Hotel, now: datetime) -> None:
    room = room_of(hotel)
    guest_in(room)
    task_in(room, source="MANUAL", kind="DEPARTURE")

    run(hotel, now)

    assert the_task(room).source == "MANUAL"


def test_an_automatic_task_is_cancelled_for_a_manual_one_that_was_done(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    run(hotel, now)
    task_in(room, source="MANUAL", kind="DEPARTURE", status="DONE")

    run(hotel, now + timedelta(hours=1))

    automatic = the_task(room, source="AUTO")
    assert (automatic.status, automatic.reason) == ("CANCELLED", "staff already handled it")


def test_a_departure_after_a_finished_stay_over_clean_gets_a_new_task(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    task_in(room, status="DONE")

    run(hotel, now)

    kinds = HousekeepingTask.objects.filter(room=room).values_list("kind", "status")
    assert set(kinds) == {("STAYOVER", "DONE"), ("DEPARTURE", "PENDING")}
