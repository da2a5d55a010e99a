"""A room has one open clean, whoever made it (domain rule 1)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from hotels.front_desk.check_out import check_out
from hotels.housekeeping.finishing import finish_clean, start_clean
from hotels.housekeeping.manual_assignment import assign_task
from hotels.models import Hotel, HousekeepingTask, Message, Shift, StaffMember
from jobs import registry
from jobs.base import JobContext
from jobs.dispatch import run as run_job
from jobs.models import Trigger
from jobs.services.housekeeping_round import run_housekeeping_round
from tests.factories import StaffFactory, UserFactory, stay
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
MANUAL = {"source": "MANUAL"}
BY_HAND = {"status": "ASSIGNED", "assigned_by_person": True}
OPEN = HousekeepingTask.OPEN_STATUSES


@pytest.fixture
def ana(hotel: Hotel) -> StaffMember:
    return StaffFactory(hotel=hotel, name="Ana")


def the_open_task(room: Any) -> HousekeepingTask:
    return HousekeepingTask.objects.get(room=room, status__in=OPEN)


# Unfinished cleans of the day before


@pytest.mark.parametrize(
    "fields",
    [
        MANUAL | BY_HAND,
        BY_HAND,
        {"status": "IN_PROGRESS", "started_at": datetime(2026, 7, 14, 22, 40, tzinfo=UTC)},
    ],
    ids=["added by hand", "assigned by hand", "started"],
)
def test_an_unfinished_clean_is_rolled_over_with_its_assignment(
    hotel: Hotel, now: datetime, ana: StaffMember, fields: dict[str, Any]
) -> None:
    StaffFactory(hotel=hotel, credits_per_day=900)
    room = room_of(hotel, cleanliness="DIRTY")
    left = task_in(room, date=YESTERDAY, kind="DEPARTURE", assignee=ana, **fields)

    result = run(hotel, now)

    left.refresh_from_db()
    task = the_open_task(room)
    assert (left.status, left.assignee, result.rolled_over) == ("ROLLED_OVER", ana, 1)
    assert (task.date, task.kind, task.rolled_over_from) == (TODAY, "DEPARTURE", left)
    assert (task.assignee, task.assigned_by_person, task.status, task.started_at, task.source) == (
        ana,
        left.assigned_by_person,
        fields["status"],
        left.started_at,
        left.source,
    )


def test_a_clean_added_by_hand_continues_in_a_room_that_needs_none(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel, cleanliness="CLEAN")
    task_in(room, date=YESTERDAY, reason="spilled wine", **MANUAL)

    run(hotel, now)

    task = the_open_task(room)
    assert (task.date, task.source, task.reason) == (TODAY, "MANUAL", "spilled wine")


def test_a_clean_rolled_over_once_is_not_rolled_over_again_on_the_day(
    hotel: Hotel, now: datetime, ana: StaffMember
) -> None:
    room = room_of(hotel, cleanliness="CLEAN")
    task_in(room, date=YESTERDAY, assignee=ana, **MANUAL | BY_HAND)
    run(hotel, now)
    before = list(HousekeepingTask.objects.order_by("pk").values())

    result = run(hotel, now + timedelta(hours=1))

    assert list(HousekeepingTask.objects.order_by("pk").values()) == before
    assert (result.tasks_created, result.rolled_over) == (0, 0)


def test_a_clean_added_for_today_takes_over_the_one_of_yesterday(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    left = task_in(room, date=YESTERDAY, kind="DEPARTURE", **MANUAL)
    planned = task_in(room, kind="DEPARTURE", **MANUAL)

    run(hotel, now)

    assert the_open_task(room) == planned
    planned.refresh_from_db()
    left.refresh_from_db()
    assert (planned.rolled_over_from, left.status) == (left, "ROLLED_OVER")


def test_an_assignment_by_hand_ends_when_the_attendant_is_off_on_the_new_day(
    hotel: Hotel, now: datetime, ana: StaffMember
) -> None:
    bruno = StaffFactory(hotel=hotel)
    Shift.objects.create(staff=bruno, date=TODAY)
    room = room_of(hotel, cleanliness="DIRTY")
    task_in(room, date=YESTERDAY, kind="DEPARTURE", assignee=ana, **BY_HAND)

    run(hotel, now)

    assert the_open_task(room).assignee == bruno


def test_the_result_counts_a_kept_assignment(hotel: Hotel, now: datetime, ana: StaffMember) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    task_in(room, date=YESTERDAY, kind="DEPARTURE", assignee=ana, **BY_HAND)

    result = run(hotel, now)

    assert (result.tasks_created, result.tasks_assigned, result.unassigned) == (1, 1, 0)


def test_a_clean_started_before_midnight_and_finished_after_it_cleans_the_room(
    hotel: Hotel, now: datetime, ana: StaffMember
) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    run(hotel, now)
    task = the_task(room)
    start_clean(task=task, now=datetime(2026, 7, 15, 22, 40, tzinfo=UTC))
    run(hotel, datetime(2026, 7, 15, 23, 0, tzinfo=UTC))  # midnight in Lisbon
    task.refresh_from_db()

    finish_clean(task=task, now=datetime(2026, 7, 15, 23, 20, tzinfo=UTC))
    run(hotel, datetime(2026, 7, 16, 6, 0, tzinfo=UTC))

    room.refresh_from_db()
    assert room.cleanliness == "CLEAN"
    found = HousekeepingTask.objects.order_by("date").values_list("date", "status")
    assert list(found) == [(TODAY, "DONE"), (TODAY + timedelta(days=1), "CANCELLED")]


def test_a_started_clean_can_be_finished_as_the_task_of_the_new_day(
    hotel: Hotel, now: datetime, ana: StaffMember
) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    task_in(room, date=YESTERDAY, kind="DEPARTURE", status="IN_PROGRESS", assignee=ana)
    run(hotel, now)

    finish_clean(task=the_open_task(room), now=now)
    run(hotel, now + timedelta(hours=1))

    room.refresh_from_db()
    assert room.cleanliness == "CLEAN"
    assert not HousekeepingTask.objects.filter(status__in=OPEN).exists()


# Early departures and other changes on the day


@pytest.mark.parametrize("left_already", [True, False])
@pytest.mark.parametrize("how", ["assigned by hand", "started", "added by hand"])
def test_an_early_departure_retypes_the_open_stay_over_and_sends_nobody_else(
    hotel: Hotel, now: datetime, ana: StaffMember, how: str, left_already: bool
) -> None:
    StaffFactory(hotel=hotel, credits_per_day=900)
    room = room_of(hotel)
    guest = guest_in(room, until=3)
    if how == "added by hand":
        task_in(room, assignee=ana, **MANUAL | BY_HAND)
    run(hotel, now)
    task = the_task(room)
    assign_task(task=task, assignee=ana, now=now)
    if how == "started":
        start_clean(task=task, now=now)
    shorten_stay(guest, departure=TODAY)
    if left_already:
        check_out(stay=guest, now=now)

    run(hotel, now + timedelta(hours=1))

    found = the_task(room)
    assert (found.pk, found.kind, found.credits, found.assignee) == (task.pk, "DEPARTURE", 30, ana)
    assert found.status == ("IN_PROGRESS" if how == "started" else "ASSIGNED")


@pytest.mark.parametrize("started", [False, True])
def test_an_extension_retypes_a_departure_clean_assigned_by_hand(
    hotel: Hotel, now: datetime, ana: StaffMember, started: bool
) -> None:
    room = room_of(hotel)
    guest = guest_in(room, until=0)
    run(hotel, now)
    task = the_task(room)
    assign_task(task=task, assignee=ana, now=now)
    if started:
        start_clean(task=task, now=now)
    guest.departure_date = TODAY + timedelta(days=1)
    guest.save()

    run(hotel, now + timedelta(hours=1))

    assert (the_task(room).kind, the_task(room).assignee) == ("STAYOVER", ana)
    finish_clean(task=the_task(room), now=now + timedelta(hours=2))


def test_a_guest_in_a_dirty_room_makes_its_clean_assigned_by_hand_urgent(
    hotel: Hotel, now: datetime, ana: StaffMember
) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    run(hotel, now)
    assign_task(task=the_task(room), assignee=ana, now=now)
    stay(hotel, arrival=TODAY, room=room, status="CHECKED_IN")

    run(hotel, now + timedelta(hours=8))

    assert (the_task(room).priority, the_task(room).assignee) == ("URGENT", ana)


def test_a_started_stay_over_becomes_the_departure_clean_cancelled_before(
    hotel: Hotel, now: datetime, ana: StaffMember
) -> None:
    """Room, date and kind are unique: the closed task is opened again for the same attendant."""
    room = room_of(hotel)
    task_in(room, kind="DEPARTURE", status="CANCELLED", closed_by_round="CANCELLED")
    begun = now - timedelta(hours=1)
    task_in(room, status="IN_PROGRESS", assignee=ana, started_at=begun)
    guest_in(room, until=0)

    result = run(hotel, now)

    assert result.problems == ()
    task = the_open_task(room)
    assert (task.kind, task.status, task.assignee, task.started_at) == (
        "DEPARTURE",
        "IN_PROGRESS",
        ana,
        begun,
    )


# Messages


def retyped(hotel: Hotel, now: datetime, person: StaffMember) -> JobContext:
    """Retype the task of `person` in room 101; returns the context of the round."""
    room = room_of(hotel, number="101")
    guest = guest_in(room, until=3)
    run(hotel, now)
    assign_task(task=the_task(room), assignee=person, now=now)
    shorten_stay(guest, departure=TODAY)
    context = JobContext(hotel=hotel, now=now + timedelta(hours=1))
    run_housekeeping_round(context)
    return context


def test_the_attendant_of_a_retyped_clean_is_notified(hotel: Hotel, now: datetime) -> None:
    ana = StaffFactory(hotel=hotel, name="Ana", user=UserFactory(email="ana@hotel.example"))

    (notice,) = retyped(hotel, now, ana).mails

    assert (notice.audience, notice.recipient) == ("attendant", "ana@hotel.example")
    assert notice.template == "clean-changed"
    assert notice.variables == {
        "attendant": "Ana",
        "room": "101",
        "date": "15 Jul 2026",
        "clean": "departure clean",
        "time": "30 min",
        "reason": "due out today",
    }


def test_an_attendant_gets_the_list_of_the_day_once(hotel: Hotel, now: datetime) -> None:
    ana = StaffFactory(hotel=hotel, name="Ana", user=UserFactory(email="ana@hotel.example"))
    for number in ("101", "102"):
        guest_in(room_of(hotel, number=number), until=3)
    first, second = (JobContext(hotel=hotel, now=now) for _ in range(2))

    run_housekeeping_round(first)
    run_housekeeping_round(second)

    (mail,) = first.mails
    assert (mail.template, mail.recipient) == ("housekeeping-list", "ana@hotel.example")
    assert mail.about == ana
    assert [task["room"] for task in mail.variables["tasks"]] == ["101", "102"]
    assert (mail.variables["count"], mail.variables["time"]) == ("2", "40 min")
    assert second.mails == ()


def test_an_attendant_without_an_address_gets_no_list(
    hotel: Hotel, now: datetime, ana: StaffMember
) -> None:
    guest_in(room_of(hotel, number="101"), until=3)
    context = JobContext(hotel=hotel, now=now)

    run_housekeeping_round(context)

    assert context.mails == ()


def test_without_an_address_of_the_attendant_the_front_desk_is_notified(
    hotel: Hotel, now: datetime, ana: StaffMember
) -> None:
    (notice,) = retyped(hotel, now, ana).mails

    assert (notice.audience, notice.recipient) == ("front desk", hotel.email)


def test_a_round_that_retypes_nothing_notifies_nobody(
    hotel: Hotel, now: datetime, ana: StaffMember
) -> None:
    retyped(hotel, now, ana)
    context = JobContext(hotel=hotel, now=now + timedelta(hours=2))

    run_housekeeping_round(context)

    assert context.mails == ()


def test_the_message_is_stored_in_the_outbox_with_the_change(
    hotel: Hotel, now: datetime, ana: StaffMember
) -> None:
    room = room_of(hotel)
    guest = guest_in(room, until=3)
    run(hotel, now)
    shorten_stay(guest, departure=TODAY)

    job = registry.get("daily-housekeeping")
    with time_machine.travel(now):
        run_job(job=job, hotels=[hotel], now=now, trigger=Trigger.COMMAND)

    message = Message.objects.get()
    assert message.template == "clean-changed"
    assert (message.about_model, message.about_id) == (
        "hotels.housekeepingtask",
        the_task(room).pk,
    )
