"""Availability of each room type by night (domain rule 4).

The rows are calculated from rooms, blocks and occupied nights, compared with the stored rows and
written only where they differ. A row changes with the bookings until its night is over; the first
calculation after day close counts it for the last time.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from django.db.models import Count, F

from hotels.availability_events import publish_changed
from hotels.bulk import Checkpoint, Failure, no_checkpoint, write_isolated
from hotels.calendar import ONE_DAY, nights
from hotels.models import Hotel, Room, RoomAvailability, RoomBlock, RoomType
from hotels.occupied_nights import count_occupied

WINDOW_NIGHTS = 90
WINDOW = timedelta(days=WINDOW_NIGHTS)
COUNTED = (
    "total_rooms",
    "out_of_order",
    "occupied_rooms",
    "available_rooms",
    "overbooked_by",
    "occupancy_rate",
)

Night = tuple[int, date]
"""A room type's primary key and a date."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomCounts:
    """The rooms of one type on one night; a type taken off sale has none left to sell."""

    total: int
    out_of_order: int
    occupied: int
    on_sale: bool = True

    @property
    def available(self) -> int:
        """Rooms still available; negative when the type is overbooked."""
        return self.total - self.out_of_order - self.occupied

    def base(self, basis: str) -> int:
        """The rooms that count as 100 % occupancy: all (USALI, STR) or only the sellable ones."""
        sellable = basis == Hotel.OccupancyBasis.SELLABLE
        return self.total - self.out_of_order if sellable else self.total

    def columns(self, basis: str) -> tuple[int, int, int, int, int, Decimal]:
        """The values of a RoomAvailability row, in the order of COUNTED."""
        rate = occupancy_rate(occupied=self.occupied, base=self.base(basis))
        left = max(self.available, 0) if self.on_sale else 0
        overbooked = max(-self.available, 0)
        return self.total, self.out_of_order, self.occupied, left, overbooked, rate


@lru_cache(maxsize=4096)
def occupancy_rate(*, occupied: int, base: int) -> Decimal:
    """`min(100, 100 × occupied ÷ base)` in percent, two decimals HALF_UP; 0 where base is 0."""
    if base <= 0:
        return Decimal("0.00")
    rate = Decimal(100 * occupied) / base
    return min(rate, Decimal(100)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


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
    changed: tuple[RoomAvailability, ...] = ()
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
    last = today + WINDOW - ONE_DAY
    types = _lock_types(hotel)
    closed_until = _last_availability_date(types.values())
    first = _first_night(closed_until, today=today)
    counts = _count(hotel, first=first, last=last, today=today)
    stored = _stored(hotel, first=first, last=last)
    rooms = {
        (kind.pk, day): counts.on(kind, day)
        for kind in types.values()
        for day in nights(arrival=first, departure=last + ONE_DAY)
        if kind.active or (kind.pk, day) in stored
    }
    changed, failures = _write(hotel, types, rooms, stored=stored, now=now, checkpoint=checkpoint)
    if types:
        _close_nights(hotel, before=closed_until, failures=failures, today=today)
    window = {night: each for night, each in rooms.items() if each.on_sale and night[1] >= today}
    written = {(row.room_type_id, row.date) for row in changed}
    written |= {(failure.row.room_type_id, failure.row.date) for failure in failures}
    return Recalculation(
        rooms=sum(counts.total[kind.pk] for kind in types.values() if kind.active),
        rows=len(rooms),
        unchanged=len(window.keys() - written),
        occupancy_rate=_occupancy_rate(window.values(), basis=hotel.occupancy_basis),
        changed=changed,
        failures=failures,
        overbooked=_overbooked(types, rooms, today=today),
        off_sale=_off_sale(types, counts.occupied, today=today),
    )


def recompute(*, hotel: Hotel, wanted: Iterable[Night], now: datetime) -> Recalculation:
    """Update the stored rows of some nights in the transaction that changed these nights.

    `wanted` are pairs of room type key and date, in any number and order. Nights without a row, in
    the past or beyond the window are ignored: only the daily calculation creates rows and closes
    nights. At most ten queries, none when nothing is wanted.
    """
    today = hotel.business_date(now)
    end = today + WINDOW
    in_window = {(kind, day) for kind, day in wanted if today <= day < end}
    if not in_window:
        return Recalculation()
    first, last = min(day for _, day in in_window), max(day for _, day in in_window)
    types = _lock_types(hotel, only={kind for kind, _ in in_window})
    stored = _stored(hotel, first=first, last=last)
    counts = _count(hotel, first=first, last=last, today=today)
    known = sorted(night for night in in_window & stored.keys() if night[0] in types)
    rooms = {(kind, day): counts.on(types[kind], day) for kind, day in known}
    changed, failures = _write(hotel, types, rooms, stored=stored, now=now)
    return Recalculation(rows=len(rooms), changed=changed, failures=failures)


def live_counts(*, hotel: Hotel, wanted: Iterable[Night], now: datetime) -> dict[Night, RoomCounts]:
    """The rooms of some nights, counted from bookings and blocks instead of the stored rows.

    Use it before a room is sold. Must run in a transaction: the room types stay locked until it
    ends, so that two callers cannot sell the last room twice. At most six queries for open nights,
    none when nothing is wanted.
    """
    room_nights = set(wanted)
    if not room_nights:
        return {}
    types = _lock_types(hotel, only={kind for kind, _ in room_nights})
    days = [day for _, day in room_nights]
    counts = _count(hotel, first=min(days), last=max(days), today=hotel.business_date(now))
    return {(kind, day): counts.on(types[kind], day) for kind, day in room_nights}


@dataclass(frozen=True, kw_only=True)
class _Counts:
    """Active rooms by type; out-of-order and booked rooms by type and night."""

    total: Mapping[int, int]
    out_of_order: Mapping[Night, int]
    occupied: Mapping[Night, int]

    def on(self, kind: RoomType, day: date) -> RoomCounts:
        return RoomCounts(
            total=self.total[kind.pk],
            out_of_order=self.out_of_order[kind.pk, day],
            occupied=self.occupied[kind.pk, day],
            on_sale=kind.active,
        )


def _lock_types(hotel: Hotel, *, only: Collection[int] | None = None) -> dict[int, RoomType]:
    # Every writer of availability takes this lock before it reads, in this order. Without it, a
    # writer that counted earlier could write later and restore outdated figures.
    types = RoomType.objects.of_hotel(hotel)
    if only is not None:
        types = types.filter(pk__in=only)
    # The date is read here, not from `hotel`, which may have been loaded before an earlier run.
    types = types.annotate(last_availability_date=F("hotel__last_availability_date"))
    return {item.pk: item for item in types.locked()}


def _last_availability_date(types: Iterable[RoomType]) -> date | None:
    """The date read by `_lock_types`: nights before it are final."""
    return next((item.last_availability_date for item in types), None)  # type: ignore[attr-defined]  # annotated


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


def _count(hotel: Hotel, *, first: date, last: date, today: date) -> _Counts:
    rooms = Room.objects.of_hotel(hotel).filter(active=True).order_by().values_list("room_type_id")
    return _Counts(
        total=Counter(dict(rooms.annotate(Count("pk")))),
        out_of_order=_out_of_order(hotel, first=first, last=last),
        occupied=count_occupied(hotel=hotel, first=first, last=last, today=today),
    )


def _out_of_order(hotel: Hotel, *, first: date, last: date) -> Counter[Night]:
    """Active rooms with an out-of-order block on the night; overlapping blocks count once."""
    blocks = (
        RoomBlock.objects.of_hotel(hotel)
        .filter(room__active=True, kind=RoomBlock.Kind.OUT_OF_ORDER)
        .filter(start_date__lte=last, end_date__gt=first)
        .values_list("room_id", "room__room_type_id", "start_date", "end_date")
    )
    blocked = {
        (room, kind, day)
        for room, kind, start, end in blocks
        for day in nights(arrival=max(start, first), departure=min(end, last + ONE_DAY))
    }
    return Counter((kind, day) for _, kind, day in blocked)


def _stored(hotel: Hotel, *, first: date, last: date) -> dict[Night, tuple[Any, ...]]:
    rows = RoomAvailability.objects.of_hotel(hotel).filter(date__range=(first, last)).order_by()
    return {(row[0], row[1]): row[2:] for row in rows.values_list("room_type_id", "date", *COUNTED)}


def _write(
    hotel: Hotel,
    types: Mapping[int, RoomType],
    rooms: Mapping[Night, RoomCounts],
    *,
    stored: Mapping[Night, tuple[Any, ...]],
    now: datetime,
    checkpoint: Checkpoint = no_checkpoint,
) -> tuple[tuple[RoomAvailability, ...], tuple[Failure[RoomAvailability], ...]]:
    """Write only the rows that differ from the stored ones; the changed and the failed rows."""
    columns = {night: counts.columns(hotel.occupancy_basis) for night, counts in rooms.items()}
    rows = [
        RoomAvailability(
            hotel=hotel,
            room_type=types[kind],
            date=day,
            updated_at=now,
            **dict(zip(COUNTED, values, strict=True)),
        )
        for (kind, day), values in columns.items()
        if stored.get((kind, day)) != values
    ]
    failures = write_isolated(rows, write=_upsert, checkpoint=checkpoint)
    failed = {id(failure.row) for failure in failures}
    changed = tuple(row for row in rows if id(row) not in failed)
    short = COUNTED.index("overbooked_by")
    publish_changed(
        changed,
        short_before={night: values[short] for night, values in stored.items()},
        hotel_id=hotel.pk,
        today=hotel.business_date(now),
        now=now,
    )
    return changed, tuple(failures)


def _upsert(rows: Sequence[RoomAvailability]) -> None:
    RoomAvailability.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["room_type", "date"],
        update_fields=[*COUNTED, "updated_at"],
    )


def _occupancy_rate(counts: Collection[RoomCounts], *, basis: str) -> Decimal:
    return occupancy_rate(
        occupied=sum(each.occupied for each in counts),
        base=sum(each.base(basis) for each in counts),
    )


def _overbooked(
    types: Mapping[int, RoomType], rooms: Mapping[Night, RoomCounts], *, today: date
) -> tuple[Overbooked, ...]:
    """The overbooked nights from `today` on, by date."""
    return tuple(
        Overbooked(room_type=types[kind].code, date=day, by=-counts.available)
        for (kind, day), counts in sorted(rooms.items(), key=lambda item: item[0][1])
        if counts.available < 0 and day >= today
    )


def _off_sale(
    types: Mapping[int, RoomType], occupied: Mapping[Night, int], *, today: date
) -> tuple[OffSale, ...]:
    """The inactive types with nights sold from `today` on, by code."""
    sold = Counter[str]()
    for (kind, day), count in occupied.items():
        if day >= today and kind in types and not types[kind].active:
            sold[types[kind].code] += count
    return tuple(OffSale(room_type=code, nights=count) for code, count in sorted(sold.items()))
