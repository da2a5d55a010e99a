"""Who is given the tasks of the round, and what people did that it leaves alone (domain rule 1)."""

from datetime import UTC, date, datetime, timedelta
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


# Who does them


def test_tasks_are_given_to_people_on_a_work_shift_only(hotel: Hotel, now: datetime) -> None:
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


def test_a_hotel_that_keeps_no_shifts_at_all_has_everybody_active(
    hotel: Hotel, now: datetime
) -> None:
    person = StaffFactory(hotel=hotel)
    room = room_of(hotel, cleanliness="DIRTY")
    Shift.objects.create(staff=StaffFactory(), date=TODAY)

    run(hotel, now)

    assert the_task(room).assignee == person


def test_a_hotel_that_keeps_shifts_has_nobody_on_a_date_without_any(
    hotel: Hotel, now: datetime
) -> None:
    Shift.objects.create(staff=StaffFactory(hotel=hotel), date=YESTERDAY)
    room_of(hotel, cleanliness="DIRTY", number="7")

    result = run(hotel, now)

    assert (result.tasks_created, result.tasks_assigned, result.unassigned) == (1, 0, 1)


@pytest.mark.parametrize(
    "fields", [{"active": False}, {"role": "MAINTENANCE"}, {"role": "FRONT_DESK"}]
)
def test_only_active_people_of_housekeeping_are_given_tasks(
    hotel: Hotel, now: datetime, fields: dict[str, Any]
) -> None:
    StaffFactory(hotel=hotel, **fields)
    room = room_of(hotel, cleanliness="DIRTY")

    run(hotel, now)

    assert the_task(room).assignee is None


def test_another_hotels_people_are_given_nothing(hotel: Hotel, now: datetime) -> None:
    StaffFactory()
    room = room_of(hotel, cleanliness="DIRTY")

    run(hotel, now)

    assert the_task(room).assignee is None


def test_what_fits_nobody_is_pending_and_reported(hotel: Hotel, now: datetime) -> None:
    StaffFactory(hotel=hotel, credits_per_day=30)
    for number in ("101", "102"):
        room_of(hotel, cleanliness="DIRTY", number=number)

    result = run(hotel, now)

    assert (result.tasks_created, result.tasks_assigned, result.unassigned) == (2, 1, 1)
    assert result.attention() == ("nobody on shift has time left for 1 task: room 102",)
    assert HousekeepingTask.objects.get(room__number="102").status == "PENDING"


def test_what_nobody_had_is_assigned_on_a_later_run_when_somebody_comes(
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
def test_work_of_the_day_counts_as_load_also_what_a_person_made_or_has_done(
    hotel: Hotel, now: datetime, status: str, counts: bool
) -> None:
    person = StaffFactory(hotel=hotel, credits_per_day=45)
    task_in(room_of(hotel), source="MANUAL", assignee=person, status=status, credits=20)
    room = room_of(hotel, cleanliness="DIRTY")

    run(hotel, now)

    assert (the_task(room).assignee is None) is counts


def test_yesterdays_work_is_no_load_today(hotel: Hotel, now: datetime) -> None:
    person = StaffFactory(hotel=hotel, credits_per_day=30)
    task_in(room_of(hotel), date=YESTERDAY, assignee=person, status="DONE")
    room = room_of(hotel, cleanliness="DIRTY")

    run(hotel, now)

    assert the_task(room).assignee == person


def test_a_task_of_somebody_who_is_on_leave_after_all_goes_to_another(
    hotel: Hotel, now: datetime
) -> None:
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


def test_a_retyped_task_its_assignee_has_no_time_for_is_taken_back(
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


# Never touched


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
@pytest.mark.parametrize("when", [TODAY, YESTERDAY], ids=["today", "yesterday"])
@pytest.mark.parametrize("cleanliness", ["CLEAN", "DIRTY"])
def test_what_a_person_made_gave_out_started_finished_or_cancelled_is_never_touched(
    hotel: Hotel, now: datetime, fields: dict[str, Any], when: date, cleanliness: str
) -> None:
    StaffFactory(hotel=hotel)
    task = task_in(room_of(hotel, cleanliness=cleanliness), date=when, **fields)
    before = HousekeepingTask.objects.filter(pk=task.pk).values().get()

    run(hotel, now)

    assert HousekeepingTask.objects.filter(pk=task.pk).values().get() == before


def test_a_task_a_person_cancelled_does_not_come_back(hotel: Hotel, now: datetime) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    run(hotel, now)
    HousekeepingTask.objects.update(status="CANCELLED")

    run(hotel, now + timedelta(hours=1))

    assert the_task(room).status == "CANCELLED"


def test_a_task_the_round_cancelled_and_then_a_person_skipped_does_not_come_back(
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
def test_a_persons_task_of_the_same_kind_is_not_doubled(
    hotel: Hotel, now: datetime, status: str
) -> None:
    room = room_of(hotel)
    guest_in(room)
    task_in(room, source="MANUAL", status=status)

    run(hotel, now)

    assert the_task(room).source == "MANUAL"


def test_a_persons_task_that_was_cancelled_does_not_stand_for_the_clean(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel)
    guest_in(room)
    task_in(room, source="MANUAL", status="CANCELLED")

    run(hotel, now)

    assert the_task(room, source="AUTO").status == "PENDING"


def test_a_departure_clean_made_by_a_person_covers_the_stayover(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel)
    guest_in(room)
    task_in(room, source="MANUAL", kind="DEPARTURE")

    run(hotel, now)

    assert the_task(room).source == "MANUAL"


def test_an_automatic_task_gives_way_to_the_one_a_person_made_since(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    run(hotel, now)
    task_in(room, source="MANUAL", kind="DEPARTURE")

    run(hotel, now + timedelta(hours=1))

    automatic = the_task(room, source="AUTO")
    assert (automatic.status, automatic.reason) == ("CANCELLED", "staff already handled it")


def test_a_departure_after_a_finished_stayover_is_a_task_of_its_own(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    task_in(room, status="DONE")

    run(hotel, now)

    kinds = HousekeepingTask.objects.filter(room=room).values_list("kind", "status")
    assert set(kinds) == {("STAYOVER", "DONE"), ("DEPARTURE", "PENDING")}
