"""Rooms, guests and tasks for the tests of the housekeeping round."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

from hotels.models import (
    BookingNight,
    BookingRoom,
    CleaningOptOut,
    Hotel,
    HousekeepingTask,
    Room,
    RoomBlock,
    Shift,
    StaffMember,
)
from jobs.base import JobContext
from jobs.services.housekeeping_round import HousekeepingResult, run_housekeeping_round
from tests.factories import HotelFactory, RoomFactory, RoomTypeFactory, StaffFactory, stay

TODAY = date(2026, 7, 15)
YESTERDAY = TODAY - timedelta(days=1)


def run(hotel: Hotel, now: datetime) -> HousekeepingResult:
    with transaction.atomic():
        return run_housekeeping_round(JobContext(hotel=hotel, now=now))


def room_of(hotel: Hotel, **fields: Any) -> Room:
    return RoomFactory(hotel=hotel, **fields)


def guest_in(room: Room, *, since: int = 1, until: int = 1, **fields: Any) -> BookingRoom:
    return stay(
        room.hotel,
        arrival=TODAY - timedelta(days=since),
        nights_count=since + until,
        status="CHECKED_IN",
        room=room,
        **fields,
    )


def task_in(room: Room, **fields: Any) -> HousekeepingTask:
    values = {
        "hotel": room.hotel,
        "date": TODAY,
        "kind": "STAYOVER",
        "priority": "LOW",
        "credits": 20,
        "source": "AUTO",
        "created_at": datetime(2026, 7, 14, 6, tzinfo=UTC),
    }
    return HousekeepingTask.objects.create(room=room, **values | fields)


def the_task(room: Room, **filters: Any) -> HousekeepingTask:
    return HousekeepingTask.objects.get(room=room, **filters)


def dump() -> list[list[dict[str, Any]]]:
    """All rows the round reads or writes."""
    models = (Hotel, Room, HousekeepingTask, StaffMember, Shift, BookingNight)
    return [list(model.objects.order_by("pk").values()) for model in models]


def shorten_stay(booking_room: BookingRoom, *, departure: date) -> None:
    booking_room.departure_date = departure
    booking_room.save()
    booking_room.nights.filter(date__gte=departure).update(released=True)


def move(booking_room: BookingRoom, *, into: Room | None) -> None:
    """Move the guest into another room today, or out of the room with None."""
    booking_room.room = into
    booking_room.save()
    booking_room.nights.filter(date__gte=TODAY).update(room=into)


def busy_hotel(rooms: int, **fields: Any) -> Hotel:
    """A hotel with departures, stay-overs, opt-outs, dirty and blocked rooms, unfinished tasks."""
    hotel: Hotel = HotelFactory(**fields)
    room_type = RoomTypeFactory(hotel=hotel)
    for person in StaffFactory.create_batch(3, hotel=hotel, credits_per_day=60):
        Shift.objects.create(staff=person, date=TODAY)
    for n in range(rooms):
        room = room_of(hotel, room_type=room_type, cleanliness="CLEAN" if n % 4 else "DIRTY")
        if n % 4 == 1:
            guest_in(room, until=n % 3)
            task_in(room, date=YESTERDAY)
        elif n % 4 == 2:
            CleaningOptOut.objects.create(booking_room=guest_in(room), date=TODAY)
        elif n % 4 == 3:
            RoomBlock.objects.create(
                room=room, kind="OUT_OF_ORDER", start_date=YESTERDAY, end_date=TODAY
            )
            stay(hotel, arrival=TODAY, room=room)
    return hotel
