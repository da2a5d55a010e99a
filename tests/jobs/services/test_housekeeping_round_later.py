"""Later rounds: unfinished tasks of earlier dates, changes during the day (domain rule 1)."""

from datetime import datetime, timedelta

import pytest

from hotels.front_desk.check_out import check_out
from hotels.housekeeping.finishing import finish_clean
from hotels.models import CleaningOptOut, Hotel, HousekeepingTask, Room
from tests.factories import HotelFactory, StaffFactory, stay
from tests.jobs.services.housekeeping import (
    TODAY,
    YESTERDAY,
    guest_in,
    move,
    room_of,
    run,
    shorten_stay,
    task_in,
    the_task,
)

pytestmark = pytest.mark.django_db


# Unfinished tasks of earlier dates


@pytest.mark.parametrize("days_ago", [1, 5])
def test_an_unfinished_automatic_task_of_an_earlier_date_is_rolled_over_and_linked(
    hotel: Hotel, now: datetime, days_ago: int
) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    person = StaffFactory(hotel=hotel)
    left = task_in(
        room,
        date=TODAY - timedelta(days=days_ago),
        kind="DEPARTURE",
        status="ASSIGNED",
        assignee=person,
    )

    result = run(hotel, now)

    left.refresh_from_db()
    assert (left.status, result.rolled_over) == ("ROLLED_OVER", 1)
    assert the_task(room, date=TODAY).rolled_over_from == left


def test_an_unfinished_task_is_rolled_over_even_without_a_new_task(
    hotel: Hotel, now: datetime
) -> None:
    left = task_in(room_of(hotel), date=YESTERDAY)

    run(hotel, now)

    left.refresh_from_db()
    assert left.status == "ROLLED_OVER"
    assert left.reason.endswith("no new task: the room is vacant and clean")


def test_of_two_unfinished_tasks_the_later_one_is_linked(hotel: Hotel, now: datetime) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    task_in(room, date=YESTERDAY - timedelta(days=1))
    later = task_in(room, date=YESTERDAY, kind="DEPARTURE")

    run(hotel, now)

    assert the_task(room, date=TODAY).rolled_over_from == later
    assert HousekeepingTask.objects.filter(status="ROLLED_OVER").count() == 2


# Later changes on the day


def test_an_early_departure_retypes_the_pending_task(hotel: Hotel, now: datetime) -> None:
    room = room_of(hotel)
    guest = guest_in(room, until=3)
    run(hotel, now)
    shorten_stay(guest, departure=TODAY)

    result = run(hotel, now + timedelta(hours=1))

    task = the_task(room)
    assert (task.kind, task.priority, task.credits) == ("DEPARTURE", "NORMAL", 30)
    assert (result.tasks_created, result.changed) == (0, 1)


def test_an_extension_retypes_the_pending_task(hotel: Hotel, now: datetime) -> None:
    room = room_of(hotel)
    guest = guest_in(room, until=0)
    run(hotel, now)
    guest.departure_date = TODAY + timedelta(days=1)
    guest.save()

    run(hotel, now + timedelta(hours=1))

    assert (the_task(room).kind, the_task(room).priority) == ("STAYOVER", "LOW")


def test_an_extension_on_a_day_without_a_clean_cancels_the_pending_task(now: datetime) -> None:
    room = room_of(HotelFactory(stayover_interval=2))
    guest = guest_in(room, since=1, until=0)
    run(room.hotel, now)
    guest.departure_date = TODAY + timedelta(days=1)
    guest.save()

    result = run(room.hotel, now + timedelta(hours=1))

    task = the_task(room)
    assert (task.status, task.assignee, result.cancelled) == ("CANCELLED", None, 1)
    assert task.reason == "1 night since the last clean; stay-over cleans every 2 nights"


def test_a_room_move_makes_the_old_room_a_departure_and_keeps_the_new_one(
    hotel: Hotel, now: datetime
) -> None:
    old, new = room_of(hotel), room_of(hotel)
    guest = guest_in(old, until=3)
    run(hotel, now)
    move(guest, into=new)

    run(hotel, now + timedelta(hours=1))

    assert the_task(old).kind == "DEPARTURE"
    assert not HousekeepingTask.objects.filter(room=new).exists()


@pytest.mark.parametrize("had_a_guest", [True, False])
def test_a_guest_checked_into_a_dirty_room_keeps_its_departure_clean_as_urgent(
    hotel: Hotel, now: datetime, had_a_guest: bool
) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    if had_a_guest:
        earlier_guest = guest_in(room, until=0)
    run(hotel, now)
    if had_a_guest:
        check_out(stay=earlier_guest, now=now)
    stay(hotel, arrival=TODAY, room=room, status="CHECKED_IN")

    result = run(hotel, now + timedelta(hours=8))

    task = the_task(room)
    assert (task.kind, task.status, task.priority) == ("DEPARTURE", "PENDING", "URGENT")
    assert (task.reason, result.cancelled) == ("a guest is in the room, and it is not clean", 0)


def test_the_clean_a_guest_waits_for_in_the_room_can_be_finished(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    stay(hotel, arrival=TODAY, room=room, status="CHECKED_IN")
    run(hotel, now)

    finish_clean(task=the_task(room), now=now)
    run(hotel, now + timedelta(hours=1))

    room.refresh_from_db()
    assert (room.cleanliness, the_task(room).status) == ("CLEAN", "DONE")


@pytest.mark.parametrize("cleanliness", ["CLEAN", "INSPECTED"])
def test_a_guest_checked_into_a_clean_room_needs_nothing(
    hotel: Hotel, now: datetime, cleanliness: str
) -> None:
    room = room_of(hotel, cleanliness=cleanliness)
    stay(hotel, arrival=TODAY, room=room, status="CHECKED_IN")

    run(hotel, now)

    assert not HousekeepingTask.objects.exists()


@pytest.mark.parametrize("dirty_occupied_rooms", [True, False])
@pytest.mark.parametrize("before_the_first_round", [True, False])
def test_a_same_day_swap_of_two_guests_cleans_both_rooms(
    now: datetime, dirty_occupied_rooms: bool, before_the_first_round: bool
) -> None:
    hotel = HotelFactory(dirty_occupied_rooms=dirty_occupied_rooms)
    first, second = room_of(hotel), room_of(hotel)
    one, other = guest_in(first, until=2), guest_in(second, until=2)
    if not before_the_first_round:
        run(hotel, now)
    move(one, into=None)
    move(other, into=first)
    move(one, into=second)

    run(hotel, now + timedelta(hours=6))

    found = HousekeepingTask.objects.values_list("room", "kind", "status", "priority")
    assert sorted(found) == [
        (room.pk, "DEPARTURE", "PENDING", "URGENT") for room in (first, second)
    ]


def test_both_rooms_of_a_swap_can_be_cleaned(hotel: Hotel, now: datetime) -> None:
    first, second = room_of(hotel), room_of(hotel)
    one, other = guest_in(first, until=2), guest_in(second, until=2)
    run(hotel, now)
    move(one, into=None)
    move(other, into=first)
    move(one, into=second)
    run(hotel, now)

    for room in (first, second):
        finish_clean(task=the_task(room), now=now)
    run(hotel, now + timedelta(hours=1))

    assert set(Room.objects.values_list("cleanliness", flat=True)) == {"CLEAN"}
    assert set(HousekeepingTask.objects.values_list("status", flat=True)) == {"DONE"}


def test_a_room_left_by_a_move_before_the_first_round_is_cleaned(
    hotel: Hotel, now: datetime
) -> None:
    left, taken = room_of(hotel), room_of(hotel)
    move(guest_in(left, until=2), into=taken)

    run(hotel, now)

    left.refresh_from_db()
    assert (the_task(left).kind, left.cleanliness) == ("DEPARTURE", "DIRTY")


def test_a_no_show_lowers_the_priority_of_its_room(hotel: Hotel, now: datetime) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    missing = stay(hotel, arrival=TODAY, room=room)
    run(hotel, now)
    assert the_task(room).priority == "HIGH"
    missing.status = "NO_SHOW"
    missing.save()

    run(hotel, now + timedelta(hours=1))

    assert the_task(room).priority == "NORMAL"


def test_a_waiting_guest_makes_the_pending_task_urgent(hotel: Hotel, now: datetime) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    stay(hotel, arrival=TODAY, room=room, eta=now + timedelta(minutes=30))
    run(hotel, now)

    run(hotel, now + timedelta(hours=1))

    assert the_task(room).priority == "URGENT"


def test_the_task_of_a_departure_is_unchanged_after_check_out(hotel: Hotel, now: datetime) -> None:
    room = room_of(hotel)
    guest = guest_in(room, until=0)
    run(hotel, now)
    guest.status, guest.checked_out_at = "CHECKED_OUT", now
    guest.save()
    before = list(HousekeepingTask.objects.values())

    run(hotel, now + timedelta(hours=5))

    assert list(HousekeepingTask.objects.values()) == before


def test_a_task_cancelled_by_the_round_is_reopened_when_needed(hotel: Hotel, now: datetime) -> None:
    person = StaffFactory(hotel=hotel)
    room = room_of(hotel, cleanliness="DIRTY")
    run(hotel, now)
    Room.objects.update(cleanliness="CLEAN")
    run(hotel, now)
    assert the_task(room).status == "CANCELLED"
    Room.objects.update(cleanliness="DIRTY")

    run(hotel, now)

    task = the_task(room)
    assert (task.status, task.assignee, task.closed_by_round) == ("ASSIGNED", person, "")


def test_an_opt_out_skips_the_pending_task_and_its_withdrawal_reopens_it(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel)
    guest = guest_in(room)
    run(hotel, now)
    opt_out = CleaningOptOut.objects.create(booking_room=guest, date=TODAY)
    run(hotel, now)
    assert the_task(room).status == "SKIPPED"
    opt_out.delete()

    run(hotel, now)

    assert the_task(room).status == "PENDING"


def test_retyping_never_collides_with_a_task_of_that_kind(hotel: Hotel, now: datetime) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    run(hotel, now)
    Room.objects.update(cleanliness="CLEAN")
    run(hotel, now)
    guest = guest_in(room, until=2)
    run(hotel, now)
    shorten_stay(guest, departure=TODAY)

    result = run(hotel, now)

    assert result.problems == ()
    found = HousekeepingTask.objects.filter(room=room).values_list("kind", "status")
    assert set(found) == {("DEPARTURE", "PENDING"), ("STAYOVER", "CANCELLED")}
