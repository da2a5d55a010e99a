"""Occupied room-nights: sold ahead, held by guests in house, or slept (domain rule 4).

An open night, from the business date on, counts the sold nights and the guests in house. A closed
night counts the guests who slept in the hotel; a room that was only reserved no longer counts.

The rules are written in SQL, as tables of a WITH clause: one statement counts all of a hotel.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from hotels.calendar import ONE_DAY, nights
from hotels.models import BookingNight, BookingRoom, Hotel

Status = BookingRoom.Status
COMMITTED = (Status.CONFIRMED, Status.CHECKED_IN)
MIDNIGHT = time(0)

# The days from `first` to `last`. PostgreSQL cannot estimate the length of a recursion.
_DAYS = {
    "postgresql": "SELECT %(first)s + n FROM generate_series(0, %(last)s - %(first)s) n",
    "sqlite": "SELECT %(first)s UNION ALL SELECT date(day, '+1 day') FROM day WHERE day < %(last)s",
}
_HOTEL = """
day (day) AS ({days}),
room (id, kind, active) AS MATERIALIZED (
    SELECT id, room_type_id, active FROM hotels_room WHERE hotel_id = %(hotel)s
),
stay (id, kind, room_id, status, departure_date) AS MATERIALIZED (
    SELECT id, room_type_id, room_id, status, departure_date
    FROM hotels_bookingroom
    WHERE hotel_id = %(hotel)s AND status IN ('CONFIRMED', 'CHECKED_IN')
),
night (stay_id, day, kind, released) AS MATERIALIZED (
    SELECT night.booking_room_id, night.date, room.kind, night.released
    FROM hotels_bookingnight night LEFT JOIN room ON room.id = night.room_id
    WHERE night.hotel_id = %(hotel)s AND night.date BETWEEN %(first)s AND %(last)s
)"""
# The room type is that of the room assigned for the night, else the one booked.
_SOLD = """
sold (stay_id, kind, day) AS (
    SELECT stay.id, COALESCE(night.kind, stay.kind), night.day
    FROM night JOIN stay ON stay.id = night.stay_id
    WHERE night.day >= %(today)s AND NOT night.released
)"""
# A guest in house occupies tonight, unless due out today, and each night up to the departure date:
# also before the arrival date, and after an extension without nights. An overstay occupies tonight.
# A later night that was released stays available.
_HELD = """
in_house (id, kind, departure_date) AS MATERIALIZED (
    SELECT stay.id, COALESCE(room.kind, stay.kind), stay.departure_date
    FROM stay LEFT JOIN room ON room.id = stay.room_id
    WHERE stay.status = 'CHECKED_IN' AND stay.departure_date <> %(today)s
),
held (stay_id, kind, day) AS (
    SELECT in_house.id, in_house.kind, day.day
    FROM in_house
    JOIN day ON day.day = %(today)s OR day.day > %(today)s AND day.day < in_house.departure_date
    LEFT JOIN night ON night.stay_id = in_house.id AND night.day = day.day
    WHERE night.stay_id IS NULL OR night.released AND day.day = %(today)s
)"""
# A guest sleeps from the business date of the check-in to the night before the calendar date of
# the check-out, whatever the booked dates say: one who leaves after midnight has slept, one who
# leaves in the evening has not. Without these times the booked dates count. The room type is that
# of the room assigned for the night, of the stay's room, or as booked.
_SLEPT = """
closed (day, day_close, midnight) AS ({closed}),
guest (id, kind, room_kind, is_in_house, arrival_date, departure_date, checked_in_at,
    checked_out_at
) AS MATERIALIZED (
    SELECT stay.id, stay.room_type_id, room.kind, stay.status = 'CHECKED_IN', stay.arrival_date,
        stay.departure_date, stay.checked_in_at, stay.checked_out_at
    FROM hotels_bookingroom stay LEFT JOIN room ON room.id = stay.room_id
    WHERE stay.hotel_id = %(hotel)s AND (stay.status = 'CHECKED_IN'
        OR stay.status = 'CHECKED_OUT' AND stay.checked_out_at >= %(midnight0)s
        OR stay.status = 'CHECKED_OUT' AND stay.checked_out_at IS NULL
            AND stay.departure_date > %(first)s)
),
slept (stay_id, kind, day) AS (
    SELECT guest.id,
        CASE WHEN night.kind IS NOT NULL THEN night.kind
            WHEN night.stay_id IS NOT NULL AND NOT night.released THEN guest.kind
            ELSE COALESCE(guest.room_kind, guest.kind) END,
        closed.day
    FROM guest
    JOIN closed ON CASE WHEN guest.checked_in_at IS NULL THEN guest.arrival_date <= closed.day
            ELSE guest.checked_in_at < closed.day_close END
        AND CASE WHEN guest.is_in_house THEN TRUE
            WHEN guest.checked_out_at IS NULL THEN guest.departure_date > closed.day
            ELSE guest.checked_out_at >= closed.midnight END
    LEFT JOIN night ON night.stay_id = guest.id AND night.day = closed.day
)"""


@dataclass(frozen=True, kw_only=True, slots=True)
class OccupiedNight:
    """A night on which a booking room occupies a room; `kind` is the key of the room type."""

    stay_id: int
    kind: int
    date: date


@lru_cache(maxsize=256)
def tables(*, closed: int) -> str:
    """The tables of a WITH RECURSIVE clause that count a hotel's nights, `closed` of them closed.

    `occupied (stay_id, kind, day)` has a row for each occupied night; `held` those without a sold
    night. `room (id, kind, active)` are all rooms, `day (day)` the days. The values are those of
    `parameters`.
    """
    each = (f"(%(day{n})s, %(day_close{n})s, %(midnight{n})s)" for n in range(closed))
    slept = (_SLEPT.format(closed=f"VALUES {', '.join(each)}"),) if closed else ()
    names = ("sold", "held", "slept") if closed else ("sold", "held")
    every = " UNION ALL ".join(f"SELECT stay_id, kind, day FROM {name}" for name in names)  # noqa: S608
    occupied = f"\noccupied (stay_id, kind, day) AS ({every})"
    return ",".join((_HOTEL.format(days=_DAYS[connection.vendor]), _SOLD, _HELD, *slept, occupied))


def parameters(*, hotel: Hotel, first: date, last: date, today: date) -> dict[str, Any]:
    """The values of a statement with `tables`; `today` is the hotel's business date."""
    adapt_date, adapt_instant = (
        connection.ops.adapt_datefield_value,
        connection.ops.adapt_datetimefield_value,
    )
    values: dict[str, Any] = {"hotel": hotel.pk}
    for name, day in (("first", first), ("last", last), ("today", today)):
        values[name] = adapt_date(day)
    for n, night in enumerate(closed_nights(first=first, last=last, today=today)):
        values[f"day{n}"] = adapt_date(night)
        values[f"day_close{n}"] = adapt_instant(hotel.day_start(night + ONE_DAY))
        values[f"midnight{n}"] = adapt_instant(hotel.instant(night + ONE_DAY, MIDNIGHT))
    return values


def closed_nights(*, first: date, last: date, today: date) -> list[date]:
    """The nights of the span before the business date `today`."""
    return [night for night in nights(arrival=first, departure=last + ONE_DAY) if night < today]


def as_date(value: date | str) -> date:
    """A date as the database returned it; SQLite returns some as text."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def held_nights(*, hotel: Hotel, today: date, last: date) -> list[OccupiedNight]:
    """The nights from `today` to `last` that guests in house occupy without a sold night.

    At most one query.
    """
    if last < today:
        return []
    statement = f"WITH RECURSIVE {tables(closed=0)} SELECT stay_id, kind, day FROM held"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters(hotel=hotel, first=today, last=last, today=today))
        return [
            OccupiedNight(stay_id=stay_id, kind=kind, date=as_date(day))
            for stay_id, kind, day in cursor.fetchall()
        ]


def sold_nights(
    hotel: Hotel, *, first: date, last: date, statuses: Collection[str] = COMMITTED
) -> QuerySet[Any]:
    """The sold room-nights from `first` to `last`, both included.

    Annotated with `kind`: the type key of the room assigned for the night, else the booked type.
    """
    return (
        BookingNight.objects.of_hotel(hotel)
        .filter(released=False, date__range=(first, last), booking_room__status__in=statuses)
        .annotate(kind=Coalesce("room__room_type_id", "booking_room__room_type_id"))
        .order_by()
    )
