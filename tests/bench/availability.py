"""Benchmark of the availability job; floor: one SQL statement for all hotels."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection

from hotels.models import (
    Booking,
    BookingNight,
    BookingRoom,
    Guest,
    Hotel,
    Room,
    RoomAvailability,
    RoomType,
)
from jobs import dispatch, registry
from jobs.models import Trigger
from tests.bench import group, measuring

HOTELS, TYPES, ROOMS = 40, 10, 5
STAY, APART, NIGHTS = 4, 6, 90
NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
TODAY = date(2026, 7, 15)
CONCURRENCY = 2
ONE_STATEMENT = """
    INSERT INTO hotels_roomavailability (hotel_id, room_type_id, date, total_rooms, out_of_order,
        occupied_rooms, available_rooms, overbooked_by, occupancy_rate, updated_at)
    SELECT t.hotel_id, t.id, d.day::date, r.total, 0, coalesce(n.sold, 0),
        greatest(r.total - coalesce(n.sold, 0), 0), greatest(coalesce(n.sold, 0) - r.total, 0),
        least(100, round(100.0 * coalesce(n.sold, 0) / r.total, 2)), %(now)s
    FROM hotels_roomtype t
    JOIN (SELECT room_type_id, count(*)::int AS total FROM hotels_room WHERE active GROUP BY 1) r
        ON r.room_type_id = t.id
    CROSS JOIN generate_series(%(first)s::date, %(last)s::date, interval '1 day') d(day)
    LEFT JOIN (
        SELECT coalesce(room.room_type_id, stay.room_type_id) AS kind, night.date,
            count(*)::int AS sold
        FROM hotels_bookingnight night
        JOIN hotels_bookingroom stay ON stay.id = night.booking_room_id
        LEFT JOIN hotels_room room ON room.id = night.room_id
        WHERE NOT night.released AND night.date BETWEEN %(first)s AND %(last)s
            AND stay.status = ANY(CASE WHEN night.date >= %(today)s
                THEN ARRAY['CONFIRMED', 'CHECKED_IN'] ELSE ARRAY['CHECKED_IN', 'CHECKED_OUT'] END)
        GROUP BY 1, 2
    ) n ON n.kind = t.id AND n.date = d.day::date
    WHERE t.active
    ON CONFLICT (room_type_id, date) DO UPDATE SET
        total_rooms = excluded.total_rooms, occupied_rooms = excluded.occupied_rooms,
        available_rooms = excluded.available_rooms, overbooked_by = excluded.overbooked_by,
        occupancy_rate = excluded.occupancy_rate, updated_at = excluded.updated_at
    WHERE (hotels_roomavailability.total_rooms, hotels_roomavailability.occupied_rooms)
        IS DISTINCT FROM (excluded.total_rooms, excluded.occupied_rooms)
"""


def run() -> None:
    """Time the first calculation, a run in which nothing changed, and the first run of a day."""
    hotels = _books()
    cases = (
        ("first fill", 0, RoomAvailability.objects.all().delete),
        ("steady", 0, _nothing),
        ("first run of a day", 1, _day_just_closed),
    )
    for title, closed, begin in cases:
        _compare(hotels, title=title, closed=closed, begin=begin)


def _compare(hotels: list[Hotel], *, title: str, closed: int, begin: Callable[[], object]) -> None:
    """Compare a run with the statement for the same rows; `closed` nights are counted once more."""
    rows = HOTELS * TYPES * (NIGHTS + closed)
    nights = {
        "first": TODAY - timedelta(days=closed),
        "today": TODAY,
        "last": TODAY + timedelta(days=NIGHTS - 1),
        "now": NOW,
    }

    def ours() -> None:
        begin()
        result = dispatch.run(
            job=registry.get("recalc-availability"),
            hotels=hotels,
            now=NOW,
            trigger=Trigger.COMMAND,
            concurrency=CONCURRENCY,
        )
        assert result.success

    def floor() -> None:
        begin()
        with connection.cursor() as cursor:
            cursor.execute(ONE_STATEMENT, nights)

    took = measuring.median(ours)
    measuring.compare(
        f"availability, {title}: {HOTELS} hotels × {TYPES} types × {NIGHTS + closed} nights",
        ours=took,
        floor=measuring.median(floor),
        of=f"one statement for all {rows:,} rows, no executions",
        note=f"{took * 1000 / HOTELS:.1f} ms per hotel, {CONCURRENCY} threads",
    )


def _nothing() -> None:
    """Every row is up to date."""


def _day_just_closed() -> None:
    """Yesterday's night has closed since the last run; its rows are written again."""
    yesterday = TODAY - timedelta(days=1)
    Hotel.objects.update(last_availability_date=yesterday)
    RoomAvailability.objects.filter(date=yesterday).delete()


def _presence(arrival: date) -> dict[str, Any]:
    """Guests of earlier days are in house, or left on their departure date."""
    if arrival >= TODAY:
        return {}
    came = datetime(arrival.year, arrival.month, arrival.day, 15, tzinfo=UTC)
    left = came + timedelta(days=STAY, hours=-4)
    if left > NOW:
        return {"status": BookingRoom.Status.CHECKED_IN, "checked_in_at": came}
    status = BookingRoom.Status.CHECKED_OUT
    return {"status": status, "checked_in_at": came, "checked_out_at": left}


def _books() -> list[Hotel]:
    hotels = group.hotels(HOTELS)
    types = RoomType.objects.bulk_create(
        RoomType(hotel=hotel, code=f"T{n}", name=f"Type {n}")
        for hotel in hotels
        for n in range(TYPES)
    )
    numbers = count(1)
    rooms = Room.objects.bulk_create(
        Room(hotel=kind.hotel, room_type=kind, number=str(next(numbers)))
        for kind in types
        for _ in range(ROOMS)
    )
    guests = {
        guest.hotel_id: guest
        for guest in Guest.objects.bulk_create(Guest(hotel=h, name="Guest") for h in hotels)
    }
    stays = [
        (room, TODAY + timedelta(days=start))
        for room in rooms
        for start in range(room.pk % APART - STAY, NIGHTS - STAY, APART)
    ]
    bookings = Booking.objects.bulk_create(
        (
            Booking(hotel=room.hotel, guest=guests[room.hotel_id], reference=f"B{n}", booked_at=NOW)
            for n, (room, _) in enumerate(stays)
        ),
        batch_size=5000,
    )
    booked = BookingRoom.objects.bulk_create(
        (
            BookingRoom(
                hotel=room.hotel,
                booking=booking,
                room_type=room.room_type,
                room=room,
                arrival_date=arrival,
                departure_date=arrival + timedelta(days=STAY),
                no_show_terms={},
                **_presence(arrival),
            )
            for booking, (room, arrival) in zip(bookings, stays, strict=True)
        ),
        batch_size=5000,
    )
    BookingNight.objects.bulk_create(
        (
            BookingNight(
                hotel=stay.hotel,
                booking_room=stay,
                room=stay.room,
                date=stay.arrival_date + timedelta(days=n),
                price=Decimal(100),
            )
            for stay in booked
            for n in range(STAY)
        ),
        batch_size=5000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return hotels
