"""Count the rooms of every room type by night and compare them with the stored rows, in SQL.

One statement for a hotel, on both databases. It adds up parts instead of joining them: the planner
of PostgreSQL cannot know how many nights belong to the stays of a hotel, and a join chosen for ten
rows takes seconds for ten thousand.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from django.db import connection

from hotels.availability import occupied_nights
from hotels.models import Hotel
from hotels.prepared import prepared_cursor

_PARTS = """
    SELECT kind.id, day.day, kind.on_sale, kind.rooms, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM kind CROSS JOIN day
    UNION ALL
    SELECT room.kind, day.day, 0, 0, COUNT(DISTINCT room.id), 0, 0, 0, 0, 0, 0, 0, 0
    FROM room
    JOIN hotels_roomblock block ON block.room_id = room.id
    JOIN day ON day.day >= block.start_date AND day.day < block.end_date
    WHERE room.active AND block.kind = 'OUT_OF_ORDER'
    GROUP BY room.kind, day.day
    UNION ALL
    SELECT kind, day, 0, 0, 0, COUNT(*), 0, 0, 0, 0, 0, 0, 0 FROM occupied GROUP BY kind, day
    UNION ALL
    SELECT room_type_id, date, 0, 0, 0, 0, 1, total_rooms, out_of_order, occupied_rooms,
        available_rooms, overbooked_by, occupancy_rate
    FROM hotels_roomavailability
    WHERE hotel_id = %(hotel)s AND date BETWEEN %(first)s AND %(last)s
"""
_COMPARED = f""",
kind (id, on_sale, rooms) AS MATERIALIZED (
    SELECT id, CASE WHEN active THEN 1 ELSE 0 END,
        (SELECT COUNT(*) FROM room WHERE room.kind = hotels_roomtype.id AND room.active)
    FROM hotels_roomtype WHERE hotel_id = %(hotel)s
),
part (kind, day, on_sale, total, out_of_order, occupied, is_stored, stored_total,
    stored_out_of_order, stored_occupied, stored_available, stored_overbooked_by, stored_rate
) AS ({_PARTS}),
added AS (
    SELECT kind, day, MAX(on_sale) AS on_sale, MAX(is_stored) AS is_stored,
        CAST(SUM(total) AS integer) AS total,
        CAST(SUM(out_of_order) AS integer) AS out_of_order,
        CAST(SUM(occupied) AS integer) AS occupied,
        MAX(stored_total) AS stored_total, MAX(stored_out_of_order) AS stored_out_of_order,
        MAX(stored_occupied) AS stored_occupied, MAX(stored_available) AS stored_available,
        MAX(stored_overbooked_by) AS stored_overbooked_by, MAX(stored_rate) AS stored_rate
    FROM part GROUP BY kind, day
),
based AS (
    SELECT added.*, total - out_of_order - occupied AS remaining,
        CASE WHEN %(sellable)s THEN total - out_of_order ELSE total END AS base
    FROM added
),
counted AS (
    SELECT based.*,
        CASE WHEN on_sale = 1 AND remaining > 0 THEN remaining ELSE 0 END AS available,
        CASE WHEN remaining < 0 THEN -remaining ELSE 0 END AS overbooked_by,
        -- Hundredths of a percent, rounded half up: the same whole numbers on every database.
        CASE WHEN base <= 0 THEN 0 WHEN occupied >= base THEN 10000
            ELSE (20000 * occupied + base) / (2 * base) END AS rate
    FROM based
),
compared AS MATERIALIZED (
    SELECT counted.*, on_sale = 1 AND day >= %(today)s AS in_window,
        is_stored = 0 AND on_sale = 1
        OR is_stored = 1 AND (stored_total <> total OR stored_out_of_order <> out_of_order
            OR stored_occupied <> occupied OR stored_available <> available
            OR stored_overbooked_by <> overbooked_by OR stored_rate <> rate / 100.0) AS differs
    FROM counted
)
SELECT kind, day, total, out_of_order, occupied, available, overbooked_by, rate,
    stored_overbooked_by, is_stored, on_sale, differs
FROM compared
WHERE %(every)s OR differs
    OR day >= %(today)s AND (overbooked_by > 0 OR on_sale = 0 AND occupied > 0)
UNION ALL
SELECT 0, NULL, SUM(CASE WHEN in_window AND day = %(today)s THEN total ELSE 0 END),
    SUM(CASE WHEN on_sale = 1 OR is_stored = 1 THEN 1 ELSE 0 END),
    SUM(CASE WHEN in_window AND NOT differs THEN 1 ELSE 0 END),
    SUM(CASE WHEN in_window THEN occupied ELSE 0 END),
    SUM(CASE WHEN in_window THEN base ELSE 0 END), 0, 0, 0, 0, FALSE
FROM compared
"""  # noqa: S608  of constants alone


class CountedNight(NamedTuple):
    """The rooms of one type on one night; `rate` in hundredths of a percent.

    `short_before` is the stored number of overbooked rooms, 0 without a row.
    """

    kind: int
    date: date
    total: int
    out_of_order: int
    occupied: int
    available: int
    overbooked_by: int
    rate: int
    short_before: int
    is_stored: bool
    on_sale: bool
    differs: bool

    @property
    def occupancy_rate(self) -> Decimal:
        """The occupancy in percent, two decimals."""
        return Decimal(self.rate).scaleb(-2)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The nights that need attention, and sums over all of them.

    `nights` are those that differ from their row, and from `today` on the overbooked ones and the
    sold ones of inactive types; or all of them, if `every` was asked for. `rows` counts the nights
    of active types and those with a row; all other sums are of the active types from `today` on:
    `rooms` on one night, `unchanged` nights, `occupied` and `base` rooms over all nights.
    """

    nights: tuple[CountedNight, ...]
    rooms: int
    rows: int
    unchanged: int
    occupied: int
    base: int


def compare(
    *, hotel: Hotel, first: date, last: date, today: date, every: bool = False
) -> Comparison:
    """Count the nights from `first` to `last`, both included, and compare them with their rows.

    `today` is the hotel's business date. One query. Rooms of types of other hotels don't count.
    """
    closed = occupied_nights.closed_nights(first=first, last=last, today=today)
    values = occupied_nights.parameters(hotel=hotel, first=first, last=last, today=today)
    values["sellable"] = hotel.occupancy_basis == Hotel.OccupancyBasis.SELLABLE
    values["every"] = every
    with prepared_cursor() as cursor:
        cursor.execute(_statement(closed=len(closed)), values)
        *rows, (_, _, rooms, count, unchanged, occupied, base, *_) = cursor.fetchall()
    if connection.vendor == "sqlite":
        rows = [(kind, occupied_nights.as_date(day), *counts) for kind, day, *counts in rows]
    return Comparison(
        nights=tuple(map(CountedNight._make, rows)),
        rooms=int(rooms or 0),
        rows=int(count or 0),
        unchanged=int(unchanged or 0),
        occupied=int(occupied or 0),
        base=int(base or 0),
    )


@lru_cache(maxsize=256)
def _statement(*, closed: int) -> str:
    return f"WITH RECURSIVE {occupied_nights.tables(closed=closed)}{_COMPARED}"
