"""Daily housekeeping round: date, rooms, tasks, result (domain rules 0 and 1)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from hotels.models import CleaningOptOut, Hotel, HousekeepingTask, Room, RoomBlock
from jobs import registry
from jobs.base import JobContext, Reference
from jobs.services.housekeeping_round import run_housekeeping_round
from tests.factories import HotelFactory, RoomTypeFactory, StaffFactory, stay
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


# The date


def test_the_job_is_found_by_name_and_alias() -> None:
    assert registry.get("daily-housekeeping-round") is registry.get("daily-housekeeping")


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("Europe/Lisbon", datetime(2026, 7, 14, 23, 30, tzinfo=UTC), date(2026, 7, 15)),
        ("America/New_York", datetime(2026, 7, 15, 0, 0, tzinfo=UTC), date(2026, 7, 14)),
        ("Asia/Tokyo", datetime(2026, 7, 14, 15, 0, tzinfo=UTC), date(2026, 7, 15)),
        ("Pacific/Kiritimati", datetime(2026, 7, 14, 10, 0, tzinfo=UTC), date(2026, 7, 15)),
        # The clocks go from midnight to 01:00; from 01:00 back to midnight.
        ("America/Santiago", datetime(2026, 9, 6, 4, 0, tzinfo=UTC), date(2026, 9, 6)),
        ("America/Santiago", datetime(2026, 4, 5, 3, 30, tzinfo=UTC), date(2026, 4, 4)),
        ("Europe/Lisbon", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_the_date_is_the_calendar_date_in_hotel_time(
    zone: str, now: datetime, expected: date
) -> None:
    room = room_of(HotelFactory(timezone=zone), cleanliness="DIRTY")

    result = run(room.hotel, now)

    assert (result.date, the_task(room).date) == (expected, expected)


def test_a_round_before_day_close_prepares_the_calendar_date(hotel: Hotel) -> None:
    room = room_of(hotel)
    guest_in(room, until=0)
    after_midnight = datetime(2026, 7, 15, 0, 30, tzinfo=UTC)

    run(hotel, after_midnight)

    assert hotel.business_date(after_midnight) == YESTERDAY
    assert (the_task(room).date, the_task(room).kind) == (TODAY, "DEPARTURE")


# Cleanliness


@pytest.mark.parametrize("cleanliness", ["CLEAN", "INSPECTED"])
def test_the_first_round_of_a_date_marks_occupied_rooms_dirty(
    hotel: Hotel, now: datetime, cleanliness: str
) -> None:
    room, vacant = (room_of(hotel, cleanliness=cleanliness) for _ in range(2))
    guest_in(room)

    run(hotel, now)

    room.refresh_from_db()
    vacant.refresh_from_db()
    assert (room.cleanliness, vacant.cleanliness) == ("DIRTY", cleanliness)


def test_a_second_round_keeps_rooms_cleaned_since_clean(hotel: Hotel, now: datetime) -> None:
    room = room_of(hotel)
    guest_in(room)
    run(hotel, now)
    Room.objects.update(cleanliness="CLEAN")

    run(hotel, now + timedelta(hours=6))

    room.refresh_from_db()
    assert room.cleanliness == "CLEAN"


def test_a_round_after_one_with_nothing_to_do_is_still_the_second(
    hotel: Hotel, now: datetime
) -> None:
    run(hotel, now)
    room = room_of(hotel)
    guest_in(room)

    run(hotel, now + timedelta(hours=6))

    room.refresh_from_db()
    assert room.cleanliness == "CLEAN"


def test_the_first_round_of_the_next_date_marks_rooms_dirty_again(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel)
    guest_in(room, until=3)
    run(hotel, now)
    Room.objects.update(cleanliness="CLEAN")

    run(hotel, now + timedelta(days=1))

    room.refresh_from_db()
    assert room.cleanliness == "DIRTY"


def test_a_hotel_can_switch_off_marking_rooms_dirty(now: datetime) -> None:
    room = room_of(HotelFactory(dirty_occupied_rooms=False))
    guest_in(room)

    run(room.hotel, now)

    room.refresh_from_db()
    assert room.cleanliness == "CLEAN"


def test_a_room_whose_guest_arrived_today_stays_clean(hotel: Hotel, now: datetime) -> None:
    room = room_of(hotel)
    guest_in(room, since=0, until=2)

    run(hotel, now)

    room.refresh_from_db()
    assert room.cleanliness == "CLEAN"


# Tasks from bookings


def test_departures_and_stay_overs_get_a_task_with_credits_and_linen_change(
    hotel: Hotel, now: datetime
) -> None:
    suite = RoomTypeFactory(hotel=hotel, credits=Decimal("1.25"))
    leaving, staying = (room_of(hotel, room_type=suite) for _ in range(2))
    guest_in(leaving, until=0)
    guest = guest_in(staying, since=3)

    run(hotel, now)

    departure, stayover = the_task(leaving), the_task(staying)
    assert (departure.kind, departure.priority, departure.credits) == ("DEPARTURE", "NORMAL", 38)
    assert (stayover.kind, stayover.priority, stayover.credits) == ("STAYOVER", "LOW", 25)
    assert (stayover.linen_change, stayover.booking_room, stayover.source) == (True, guest, "AUTO")


def test_an_out_of_service_room_gets_a_task_but_an_out_of_order_room_does_not(
    hotel: Hotel, now: datetime
) -> None:
    broken, kept, back = (room_of(hotel, cleanliness="DIRTY") for _ in range(3))
    for room, kind, end in (
        (broken, "OUT_OF_ORDER", TODAY + timedelta(days=1)),
        (kept, "OUT_OF_SERVICE", TODAY + timedelta(days=1)),
        (back, "OUT_OF_ORDER", TODAY),
    ):
        RoomBlock.objects.create(room=room, kind=kind, start_date=YESTERDAY, end_date=end)

    run(hotel, now)

    found = HousekeepingTask.objects.values_list("room", "kind").order_by("room")
    assert list(found) == [(kept.pk, "DEPARTURE"), (back.pk, "DEPARTURE")]


def test_an_out_of_order_room_with_a_guest_in_it_is_occupied_and_cleaned(
    hotel: Hotel, now: datetime
) -> None:
    staying, leaving = room_of(hotel), room_of(hotel)
    for room, until in ((staying, 1), (leaving, 0)):
        RoomBlock.objects.create(
            room=room,
            kind="OUT_OF_ORDER",
            start_date=YESTERDAY,
            end_date=TODAY + timedelta(days=2),
        )
        guest_in(room, until=until)

    run(hotel, now)

    staying.refresh_from_db()
    assert staying.cleanliness == "DIRTY"
    assert [the_task(room).kind for room in (staying, leaving)] == ["STAYOVER", "DEPARTURE"]


def test_an_out_of_order_room_needs_no_clean_once_its_guest_has_left(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel)
    RoomBlock.objects.create(
        room=room, kind="OUT_OF_ORDER", start_date=YESTERDAY, end_date=TODAY + timedelta(days=1)
    )
    guest = guest_in(room, until=0)
    run(hotel, now)
    guest.status, guest.checked_out_at = "CHECKED_OUT", now
    guest.save()

    run(hotel, now + timedelta(hours=5))

    assert the_task(room).status == "CANCELLED"


def test_a_room_without_cleaning_requested_gets_a_skipped_task_with_the_reason(
    hotel: Hotel, now: datetime
) -> None:
    room = room_of(hotel)
    CleaningOptOut.objects.create(booking_room=guest_in(room), date=TODAY, reason="green stay")
    StaffFactory(hotel=hotel)

    result = run(hotel, now)

    task = the_task(room)
    assert (task.kind, task.status, task.assignee) == ("STAYOVER", "SKIPPED", None)
    assert task.reason == "Guest declined cleaning: green stay"
    assert (result.tasks_created, result.skipped, result.tasks_assigned) == (0, 1, 0)


def test_an_opt_out_of_another_date_is_ignored(hotel: Hotel, now: datetime) -> None:
    room = room_of(hotel)
    CleaningOptOut.objects.create(booking_room=guest_in(room), date=YESTERDAY)

    run(hotel, now)

    assert the_task(room).status == "PENDING"


def test_an_arrival_today_makes_the_task_high_and_a_vip_urgent(hotel: Hotel, now: datetime) -> None:
    turned, honoured = room_of(hotel), room_of(hotel)
    for room in (turned, honoured):
        guest_in(room, until=0)
        arriving = stay(hotel, arrival=TODAY, room=room)
    arriving.booking.guest.vip = True
    arriving.booking.guest.save()

    result = run(hotel, now)

    assert (the_task(turned).priority, the_task(honoured).priority) == ("HIGH", "URGENT")
    assert result.priority == {"URGENT": 1, "HIGH": 1, "NORMAL": 0, "LOW": 0}


@pytest.mark.parametrize("status", ["TENTATIVE", "CANCELLED", "RELEASED", "NO_SHOW"])
def test_a_stay_that_does_not_arrive_does_not_raise_the_priority(
    hotel: Hotel, now: datetime, status: str
) -> None:
    room = room_of(hotel, cleanliness="DIRTY")
    stay(hotel, arrival=TODAY, room=room, status=status)

    run(hotel, now)

    assert the_task(room).priority == "NORMAL"


def test_a_released_night_does_not_occupy_its_room(hotel: Hotel, now: datetime) -> None:
    room, given_back = room_of(hotel), room_of(hotel)
    guest = guest_in(room)
    guest.nights.filter(date=TODAY).update(room=given_back, released=True)

    run(hotel, now)

    assert (the_task(room).kind, HousekeepingTask.objects.count()) == ("STAYOVER", 1)


def test_a_guest_without_a_room_is_a_problem_and_does_not_stop_the_others(
    hotel: Hotel, now: datetime
) -> None:
    lost = stay(hotel, arrival=YESTERDAY, status="CHECKED_IN")
    room = room_of(hotel)
    guest_in(room)

    result = run(hotel, now)

    assert result.attention()[0] == f"booking {lost}: checked in without a room number"
    assert result.problems[0].reference == Reference.to(lost)
    assert the_task(room)


def test_rooms_of_another_hotel_are_never_changed(hotel: Hotel, now: datetime) -> None:
    foreign = room_of(HotelFactory())
    guest_in(foreign)
    task_in(foreign, date=YESTERDAY)
    StaffFactory(hotel=foreign.hotel)
    room_of(hotel, cleanliness="DIRTY")

    run(hotel, now)

    foreign.refresh_from_db()
    after = the_task(foreign)
    assert (foreign.cleanliness, after.status, after.date) == ("CLEAN", "PENDING", YESTERDAY)


# Result


def test_changes_are_reported_by_kind(context: JobContext) -> None:
    hotel = context.hotel
    StaffFactory(hotel=hotel)
    staying, vacant = room_of(hotel), room_of(hotel)
    guest_in(staying)
    task_in(vacant)
    task_in(vacant, date=YESTERDAY)

    run_housekeeping_round(context)

    assert {kind: effect["count"] for kind, effect in context.effects().items()} == {
        "room made dirty": 1,
        "task created": 1,
        "task assigned": 1,
        "task cancelled": 1,
        "task rolled over": 1,
    }


def test_a_retyped_task_is_reported_as_retyped(hotel: Hotel, now: datetime) -> None:
    guest = guest_in(room_of(hotel), until=2)
    run(hotel, now)
    shorten_stay(guest, departure=TODAY)
    context = JobContext(hotel=hotel, now=now)

    run_housekeeping_round(context)

    assert list(context.effects()) == ["task retyped"]


def test_the_payload_and_the_summary_of_the_contract(hotel: Hotel, now: datetime) -> None:
    StaffFactory(hotel=hotel)
    room_of(hotel, cleanliness="DIRTY")
    guest_in(room_of(hotel))

    result = run(hotel, now)

    payload = result.payload()
    assert payload == payload | {
        "hotelId": hotel.pk,
        "date": "2026-07-15",
        "tasksCreated": 2,
        "tasksAssigned": 2,
        "priority": {"URGENT": 0, "HIGH": 0, "NORMAL": 1, "LOW": 1},
        "unassigned": 0,
        "problems": [],
    }
    assert result.summary() == "2 tasks (1 normal, 1 low), 2 assigned"
