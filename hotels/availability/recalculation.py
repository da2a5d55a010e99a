"""Calculating availability and writing what changed (domain rule 4).

The rows are calculated from rooms, blocks and occupied nights, compared with the stored rows and
written only where they differ. A row changes with the bookings until its night is over; the first
calculation after day close counts it for the last time.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import BigAutoField

from hotels.availability.comparison import CountedNight, compare
from hotels.availability.counts import Night, RoomCounts, occupancy_rate
from hotels.availability.events import publish_changed
from hotels.availability.writing import write_rows
from hotels.bulk import Checkpoint, Failure, no_checkpoint
from hotels.calendar import ONE_DAY
from hotels.models import Hotel, RoomAvailability, RoomType
from hotels.prepared import Among, CompiledQuery, Given

WINDOW_NIGHTS = 90
WINDOW = timedelta(days=WINDOW_NIGHTS)

_HOTEL = Given("hotel", field=BigAutoField())
_COLUMNS = tuple(field.attname for field in RoomType._meta.concrete_fields)


def _locked(*conditions: Any) -> Any:
    return (
        RoomType.objects.filter(*conditions, hotel_id=_HOTEL)
        .locked()
        .values_list(*_COLUMNS, "hotel__last_availability_date")
    )


_LOCKED_TYPES = CompiledQuery(_locked)
_SOME_LOCKED_TYPES = CompiledQuery(lambda: _locked(Among("pk", keys="types")))


@dataclass(frozen=True, kw_only=True)
class Overbooked:
    """A night with more rooms of a type sold than available; `by` is the number above."""

    room_type: str
    date: date
    by: int


@dataclass(frozen=True, kw_only=True)
class OffSale:
    """The number of coming nights sold in a room type that is off sale (inactive)."""

    room_type: str
    nights: int


@dataclass(frozen=True, kw_only=True)
class Recalculation:
    """The result of a calculation.

    `rooms`, `unchanged` rows and `occupancy_rate`, in percent, are those of the active room types
    on the 90 nights from the business date on. `changed` and `failures` include other rows: of
    closed nights, and of types taken off sale. `rows` is the number of all rows calculated.
    """

    rooms: int = 0
    rows: int = 0
    unchanged: int = 0
    occupancy_rate: Decimal = Decimal("0.00")
    changed: Sequence[RoomAvailability] = ()
    failures: tuple[Failure[RoomAvailability], ...] = ()
    overbooked: tuple[Overbooked, ...] = ()
    off_sale: tuple[OffSale, ...] = ()


def recalculate(
    *, hotel: Hotel, now: datetime, checkpoint: Checkpoint = no_checkpoint
) -> Recalculation:
    """Calculate 90 nights from the business date on for every active room type.

    The nights that closed since the hotel's last calculation are calculated once more, for the last
    time; after a longer pause at most the latest 90. Rows of earlier nights are not changed, and of
    inactive types only existing rows. Must run in a transaction: the room types stay locked until
    it ends, so that a second calculation waits for the first.
    """
    today = hotel.business_date(now)
    types, closed_until = _lock_types(hotel)
    first = _first_night(closed_until, today=today)
    counted = compare(hotel=hotel, first=first, last=today + WINDOW - ONE_DAY, today=today)
    changed, failures = _write(
        hotel, types, _differing(counted.nights), now=now, checkpoint=checkpoint
    )
    if types:
        _close_nights(hotel, before=closed_until, failures=failures, today=today)
    return Recalculation(
        rooms=counted.rooms,
        rows=counted.rows,
        unchanged=counted.unchanged,
        occupancy_rate=occupancy_rate(occupied=counted.occupied, base=counted.base),
        changed=changed,
        failures=failures,
        overbooked=_overbooked(types, counted.nights, today=today),
        off_sale=_off_sale(types, counted.nights, today=today),
    )


def recompute(*, hotel: Hotel, wanted: Iterable[Night], now: datetime) -> Recalculation:
    """Update the stored rows of some nights in the transaction that changed these nights.

    `wanted` are pairs of room type key and date, in any number and order. Nights without a row, in
    the past or beyond the window are ignored: only the daily calculation creates rows and closes
    nights. At most seven queries, none when nothing is wanted.
    """
    today = hotel.business_date(now)
    end = today + WINDOW
    in_window = {(kind, day) for kind, day in wanted if today <= day < end}
    if not in_window:
        return Recalculation()
    types, _ = _lock_types(hotel, only={kind for kind, _ in in_window})
    counted = _counted(
        hotel, in_window & {(pk, day) for pk in types for _, day in in_window}, today
    )
    stored = [night for night in counted.values() if night.is_stored]
    changed, failures = _write(hotel, types, _differing(stored), now=now)
    return Recalculation(rows=len(stored), changed=changed, failures=failures)


def live_counts(*, hotel: Hotel, wanted: Iterable[Night], now: datetime) -> dict[Night, RoomCounts]:
    """The rooms of some nights, counted from bookings and blocks instead of the stored rows.

    Use it before a room is sold. Must run in a transaction: the room types stay locked until it
    ends, so that two callers cannot sell the last room twice. Two queries, none when nothing is
    wanted.
    """
    room_nights = set(wanted)
    if not room_nights:
        return {}
    _lock_types(hotel, only={kind for kind, _ in room_nights})
    counted = _counted(hotel, room_nights, hotel.business_date(now))
    return {
        night: RoomCounts(
            total=found.total, out_of_order=found.out_of_order, occupied=found.occupied
        )
        for night, found in counted.items()
    }


def _counted(hotel: Hotel, wanted: Collection[Night], today: date) -> dict[Night, CountedNight]:
    """The counts of these nights, by room type key and date."""
    if not wanted:
        return {}
    days = [day for _, day in wanted]
    found = compare(hotel=hotel, first=min(days), last=max(days), today=today, every=True)
    by_night = {(night.kind, night.date): night for night in found.nights}
    return {night: by_night[night] for night in sorted(wanted)}


def _lock_types(
    hotel: Hotel, *, only: Collection[int] | None = None
) -> tuple[dict[int, RoomType], date | None]:
    """The room types, locked, and the hotel's last availability date: nights before it are final.

    The date is read here, not from `hotel`, which may have been loaded before an earlier run. It is
    None without any type.
    """
    # Every writer of availability takes this lock before it reads, in this order. Without it, a
    # writer that counted earlier could write later and restore outdated figures.
    if only is None:
        rows = _LOCKED_TYPES.rows(hotel=hotel.pk)
    else:
        rows = _SOME_LOCKED_TYPES.rows(hotel=hotel.pk, types=only)
    types = [RoomType.from_db(DEFAULT_DB_ALIAS, _COLUMNS, columns[:-1]) for columns in rows]
    return {item.pk: item for item in types}, rows[0][-1] if rows else None


def _first_night(closed_until: date | None, *, today: date) -> date:
    """The first night to calculate: the first that is not final, at most 90 nights ago."""
    return today if closed_until is None else min(max(closed_until, today - WINDOW), today)


def _close_nights(
    hotel: Hotel, *, before: date | None, failures: Iterable[Failure[RoomAvailability]], today: date
) -> None:
    """Store that the nights before `today` are final, or those before the first that failed."""
    until = min([today, *(failure.row.date for failure in failures)])
    if until != before:
        Hotel.objects.filter(pk=hotel.pk).update(last_availability_date=until)


def _differing(nights: Iterable[CountedNight]) -> list[CountedNight]:
    return sorted((night for night in nights if night.differs), key=lambda night: night[:2])


def _write(
    hotel: Hotel,
    types: Mapping[int, RoomType],
    nights: Sequence[CountedNight],
    *,
    now: datetime,
    checkpoint: Checkpoint = no_checkpoint,
) -> tuple[Sequence[RoomAvailability], tuple[Failure[RoomAvailability], ...]]:
    """Write the rows of these nights and publish their change; the changed and the failed rows."""
    if not nights:
        return (), ()
    changed, failures = write_rows(nights, hotel=hotel, types=types, now=now, checkpoint=checkpoint)
    publish_changed(
        changed,
        short_before={(night.kind, night.date): night.short_before for night in nights},
        hotel_id=hotel.pk,
        today=hotel.business_date(now),
        now=now,
    )
    return changed, failures


def _overbooked(
    types: Mapping[int, RoomType], nights: Iterable[CountedNight], *, today: date
) -> tuple[Overbooked, ...]:
    """The overbooked nights from `today` on, by date."""
    short = [
        night
        for night in nights
        if night.overbooked_by and night.date >= today and (night.on_sale or night.is_stored)
    ]
    return tuple(
        Overbooked(room_type=types[night.kind].code, date=night.date, by=night.overbooked_by)
        for night in sorted(short, key=lambda night: (night.date, night.kind))
    )


def _off_sale(
    types: Mapping[int, RoomType], nights: Iterable[CountedNight], *, today: date
) -> tuple[OffSale, ...]:
    """The inactive types with nights sold from `today` on, by code."""
    sold = Counter[str]()
    for night in nights:
        if night.date >= today and night.kind in types and not types[night.kind].active:
            sold[types[night.kind].code] += night.occupied
    return tuple(
        OffSale(room_type=code, nights=count) for code, count in sorted(sold.items()) if count
    )
