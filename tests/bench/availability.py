"""Benchmark of the availability job; floor: one SQL statement for all hotels."""

import os
import subprocess
from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from hotels.models import BookingNight, BookingRoom, Hotel, Room, RoomAvailability, RoomType
from jobs import dispatch, registry
from jobs.models import Trigger
from tests.bench import executing, group, measuring, stays
from tests.bench.measuring import Target
from tests.bench.stays import NIGHTS, NOW, TODAY, TYPES

HOTELS = 1000 if os.environ.get("LONG") else 100
NEAR_FLOOR = Target(at_most=1.2)
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


# As in a hotel's day: one of tonight's arrivals of each room type is cancelled, or comes back.
CHANGE = """
    UPDATE hotels_bookingnight SET released = NOT released
    WHERE date = %(today)s AND booking_room_id IN (
        SELECT min(s.id) FROM hotels_bookingroom s
        JOIN hotels_bookingnight n ON n.booking_room_id = s.id AND n.date = %(today)s
        WHERE s.status = 'CONFIRMED' GROUP BY s.room_type_id)
"""


def run() -> None:
    """Time a first calculation, one with 1 % of the rows changed, and one without changes."""
    hotels = group.hotels(HOTELS)
    nights = stays.fill()
    measuring.console.print(f"{HOTELS:,} hotels, {nights:,} booked nights")
    with executing.processes() as workers:
        _compare(workers, title="first fill", before=_clear)
        _compare(workers, title="1 % changed", before=_change)
        _compare(workers, title="nothing changed", before=_nothing)
    _naive(hotels[0])


def _compare(
    workers: list["subprocess.Popen[str]"], *, title: str, before: Callable[[], object]
) -> None:
    rows = HOTELS * TYPES * NIGHTS
    nights = {
        "first": TODAY,
        "today": TODAY,
        "last": TODAY + timedelta(days=NIGHTS - 1),
        "now": NOW,
    }

    def ours() -> None:
        # As the night runs it: each time another slot.
        executing.work(workers, job_name="recalc-availability", now=NOW, slot=timezone.now())

    def floor() -> None:
        with connection.cursor() as cursor:
            cursor.execute(ONE_STATEMENT, nights)

    for warm_up in (ours, floor):
        warm_up()
    took, least = measuring.interleaved(ours, floor, before=before)
    measuring.compare(
        f"Availability, {title}: {HOTELS:,} hotels × {TYPES} types × {NIGHTS} nights",
        ours=took,
        floor=least,
        of=f"one statement for all {rows:,} rows, no executions",
        note=f"{took * 1000 / HOTELS:.1f} ms per hotel, {executing.PROCESSES} processes",
        target=NEAR_FLOOR,
    )


def _naive(hotel: Hotel) -> None:
    """Compare one hotel with what is written first: a count and an update for each night."""

    def ours() -> None:
        dispatch.run(
            job=registry.get("recalc-availability"), hotels=[hotel], now=NOW,
            trigger=Trigger.COMMAND,
        )  # fmt: skip

    took, naive = measuring.interleaved(ours, lambda: _count_each_night(hotel))
    measuring.compare(
        "Availability of one hotel beside a count and update_or_create for each night",
        ours=took,
        floor=naive,
        of="what everybody writes first",
        note=f"{naive / took:,.0f} times as fast",
        target=Target(at_most=1 / 200),
    )


def _count_each_night(hotel: Hotel) -> None:
    for kind in RoomType.objects.of_hotel(hotel):
        total = Room.objects.filter(room_type=kind, active=True).count()
        for offset in range(NIGHTS):
            day = TODAY + timedelta(days=offset)
            sold = BookingNight.objects.filter(
                Q(room__room_type=kind) | Q(room=None, booking_room__room_type=kind),
                date=day,
                released=False,
                booking_room__status__in=[BookingRoom.Status.CONFIRMED, "CHECKED_IN"],
            ).count()
            RoomAvailability.objects.update_or_create(
                room_type=kind,
                date=day,
                defaults={
                    "hotel": hotel,
                    "total_rooms": total,
                    "occupied_rooms": sold,
                    "available_rooms": max(total - sold, 0),
                    "overbooked_by": max(sold - total, 0),
                    "occupancy_rate": min(100, 100 * sold / total),
                    "updated_at": NOW,
                },
            )


def _clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE hotels_roomavailability")


def _change() -> None:
    with connection.cursor() as cursor:
        cursor.execute(CHANGE, {"today": TODAY})


def _nothing() -> None:
    """Every row is up to date."""
