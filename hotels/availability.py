"""Availability of each room type on the coming nights (domain rule 4).

The rows are calculated from rooms, blocks and booked nights: counted in the database with a few
grouped queries, compared with the stored rows in Python, and written only where they differ.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from hotels.bulk import Checkpoint, Failure, no_checkpoint, write_isolated
from hotels.calendar import ONE_DAY, nights
from hotels.models import (
    BookingNight,
    BookingRoom,
    Hotel,
    Room,
    RoomAvailability,
    RoomBlock,
    RoomType,
)

WINDOW_NIGHTS = 90
COMMITTED = (BookingRoom.Status.CONFIRMED, BookingRoom.Status.CHECKED_IN)
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
    """The rooms of one type on one night."""

    total: int
    out_of_order: int
    occupied: int

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
        left = self.available
        return self.total, self.out_of_order, self.occupied, max(left, 0), max(-left, 0), rate


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
    """The number of nights sold in an inactive room type, which has no availability rows."""

    room_type: str
    nights: int


@dataclass(frozen=True, kw_only=True)
class Recalculation:
    """The result of a calculation; `occupancy_rate` is in percent, over all its rows."""

    rooms: int = 0
    rows: int = 0
    occupancy_rate: Decimal = Decimal("0.00")
    changed: tuple[RoomAvailability, ...] = ()
    failures: tuple[Failure[RoomAvailability], ...] = ()
    overbooked: tuple[Overbooked, ...] = ()
    off_sale: tuple[OffSale, ...] = ()


def recalculate(
    *, hotel: Hotel, now: datetime, checkpoint: Checkpoint = no_checkpoint
) -> Recalculation:
    """Calculate 90 nights from the business date on for every active room type.

    Rows of past nights and of inactive types are not changed. Must run in a transaction: the room
    types stay locked until it ends, so that a second calculation waits for the first.
    """
    today = hotel.business_date(now)
    types = _lock_types(hotel)
    active = [item for item in types.values() if item.active]
    dates = [today + timedelta(days=n) for n in range(WINDOW_NIGHTS)]
    counts = _count(hotel, first=today, last=dates[-1], today=today)
    stored = _stored(hotel, first=today, last=dates[-1])
    rooms = {(kind.pk, day): counts.on(kind.pk, day) for kind in active for day in dates}
    off_sale = Counter[str]()
    for (kind_pk, _), sold in counts.occupied.items():
        if kind_pk in types and not types[kind_pk].active:
            off_sale[types[kind_pk].code] += sold
    return replace(
        _write(hotel, types, rooms, stored=stored, now=now, checkpoint=checkpoint),
        rooms=sum(counts.total[kind.pk] for kind in active),
        off_sale=tuple(
            OffSale(room_type=code, nights=sold) for code, sold in sorted(off_sale.items())
        ),
    )


def recompute(*, hotel: Hotel, wanted: Iterable[Night], now: datetime) -> Recalculation:
    """Update the stored rows of some nights in the transaction that changed these nights.

    `wanted` are pairs of room type key and date, in any number and order. Nights without a row, in
    the past, beyond the window or of an inactive type are ignored: only the daily calculation
    creates rows. At most eight queries, none when nothing is wanted.
    """
    today = hotel.business_date(now)
    end = today + timedelta(days=WINDOW_NIGHTS)
    in_window = {(kind, day) for kind, day in wanted if today <= day < end}
    if not in_window:
        return Recalculation()
    first, last = min(day for _, day in in_window), max(day for _, day in in_window)
    types = _lock_types(hotel, only={kind for kind, _ in in_window})
    stored = _stored(hotel, first=first, last=last)
    known = sorted(night for night in in_window & stored.keys() if _active(types, night[0]))
    counts = _count(hotel, first=first, last=last, today=today)
    rooms = {(kind, day): counts.on(kind, day) for kind, day in known}
    return _write(hotel, types, rooms, stored=stored, now=now)


def live_counts(*, hotel: Hotel, wanted: Iterable[Night], now: datetime) -> dict[Night, RoomCounts]:
    """The rooms of some nights, counted from bookings and blocks instead of the stored rows.

    Use it before a room is sold. Must run in a transaction: the room types stay locked until it
    ends, so that two callers cannot sell the last room twice. At most four queries, none when
    nothing is wanted.
    """
    room_nights = set(wanted)
    if not room_nights:
        return {}
    _lock_types(hotel, only={kind for kind, _ in room_nights})
    days = [day for _, day in room_nights]
    counts = _count(hotel, first=min(days), last=max(days), today=hotel.business_date(now))
    return {night: counts.on(*night) for night in room_nights}


@dataclass(frozen=True, kw_only=True)
class _Counts:
    """Active rooms by type; out-of-order and booked rooms by type and night."""

    total: Mapping[int, int]
    out_of_order: Mapping[Night, int]
    occupied: Mapping[Night, int]

    def on(self, kind: int, day: date) -> RoomCounts:
        return RoomCounts(
            total=self.total[kind],
            out_of_order=self.out_of_order[kind, day],
            occupied=self.occupied[kind, day],
        )


def _lock_types(hotel: Hotel, *, only: Collection[int] | None = None) -> dict[int, RoomType]:
    # Every writer of availability takes this lock before it reads, in this order. Without it, a
    # writer that counted earlier could write later and restore outdated figures. NO KEY: new
    # bookings refer to room types and must not wait.
    types = RoomType.objects.of_hotel(hotel).order_by("pk").select_for_update(no_key=True)
    return {item.pk: item for item in (types if only is None else types.filter(pk__in=only))}


def _active(types: Mapping[int, RoomType], kind: int) -> bool:
    return kind in types and types[kind].active


def _count(hotel: Hotel, *, first: date, last: date, today: date) -> _Counts:
    rooms = Room.objects.of_hotel(hotel).filter(active=True).order_by().values_list("room_type_id")
    return _Counts(
        total=Counter(dict(rooms.annotate(Count("pk")))),
        out_of_order=_out_of_order(hotel, first=first, last=last),
        occupied=_booked(hotel, first=first, last=last, today=today),
    )


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


def overstays(hotel: Hotel, *, today: date) -> QuerySet[Any]:
    """Checked-in rooms past their departure date: they are occupied tonight, sold or not.

    Annotated with `kind`: the type key of the assigned room, else the booked type.
    """
    tonight = BookingNight.objects.filter(booking_room=OuterRef("pk"), date=today, released=False)
    return (
        BookingRoom.objects.of_hotel(hotel)
        .filter(~Exists(tonight), status=BookingRoom.Status.CHECKED_IN, departure_date__lt=today)
        .annotate(kind=Coalesce("room__room_type_id", "room_type_id"))
        .order_by()
    )


def _booked(hotel: Hotel, *, first: date, last: date, today: date) -> Counter[Night]:
    sold = sold_nights(hotel, first=first, last=last).values_list("kind", "date")
    occupied = Counter({(kind, day): n for kind, day, n in sold.annotate(n=Count("pk"))})
    late = overstays(hotel, today=today).values_list("kind")
    occupied.update({(kind, today): n for kind, n in late.annotate(n=Count("pk"))})
    return occupied


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
) -> Recalculation:
    """Write only the rows that differ from the stored ones."""
    basis = hotel.occupancy_basis
    columns = {night: counts.columns(basis) for night, counts in rooms.items()}
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
    return Recalculation(
        rows=len(rooms),
        occupancy_rate=occupancy_rate(
            occupied=sum(counts.occupied for counts in rooms.values()),
            base=sum(counts.base(basis) for counts in rooms.values()),
        ),
        changed=tuple(row for row in rows if id(row) not in failed),
        failures=tuple(failures),
        overbooked=tuple(
            Overbooked(room_type=types[kind].code, date=day, by=-counts.available)
            for (kind, day), counts in sorted(rooms.items(), key=lambda item: item[0][1])
            if counts.available < 0
        ),
    )


def _upsert(rows: Sequence[RoomAvailability]) -> None:
    RoomAvailability.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["room_type", "date"],
        update_fields=[*COUNTED, "updated_at"],
    )
