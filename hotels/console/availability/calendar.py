"""The availability calendar: rooms available by room type and night, as last calculated."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy

from hotels import formats
from hotels.availability import WINDOW_NIGHTS, RoomCounts, occupancy_rate
from hotels.models import Hotel, RoomAvailability, RoomType

SATURDAY = 5
TEN = Decimal(10)


@dataclass(frozen=True, kw_only=True)
class NightColumn:
    """One night of the calendar; `label` is its date in the reader's language."""

    day: date
    label: str
    weekend: bool
    today: bool


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The figures of a room type, or of the whole hotel, on one night.

    `overbooked_by` counts rooms, `rate` is the occupancy in percent, `heat` the occupancy in
    tenths (0 to 10), and `summary` the sentence with all figures.
    """

    column: NightColumn
    available: int
    overbooked_by: int
    rate: Decimal
    heat: int
    summary: str


@dataclass(frozen=True, kw_only=True)
class RoomTypeRow:
    """A room type over the nights; a cell is None where no figures were ever calculated."""

    room_type: RoomType
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, kw_only=True)
class OverbookedNight:
    """A night on which `by` more rooms of a type are sold than exist."""

    room_type: RoomType
    day: date
    by: int


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The nights of a hotel from `first` on.

    `totals` has the figures of the whole hotel, and `changed_at` is the instant at which one of
    the figures last changed.
    """

    first: date
    columns: tuple[NightColumn, ...]
    rows: tuple[RoomTypeRow, ...]
    totals: tuple[Cell | None, ...]
    overbooked: tuple[OverbookedNight, ...]
    changed_at: datetime | None

    @property
    def months(self) -> Iterator[tuple[date, int]]:
        """The first night shown of each month, with the number of nights shown."""
        by_month = groupby(self.columns, key=lambda column: (column.day.year, column.day.month))
        for _, group in by_month:
            nights = list(group)
            yield nights[0].day, len(nights)

    @cached_property
    def empty(self) -> bool:
        """True if no night was ever calculated."""
        return not any(self.totals)


def read_calendar(*, hotel: Hotel, first: date, now: datetime) -> Calendar:
    """Return ninety nights from `first`, by room type, in two queries.

    Inactive room types are included where they have figures, so that past nights stay complete.
    """
    columns = _columns(first, today=hotel.business_date(now))
    rows = {(row.room_type_id, row.date): row for row in availability_rows(hotel, first=first)}
    known = {kind for kind, _ in rows}
    types = [
        kind
        for kind in RoomType.objects.of_hotel(hotel).order_by("code")
        if kind.active or kind.pk in known
    ]
    return Calendar(
        first=first,
        columns=columns,
        rows=tuple(_row(kind, columns=columns, rows=rows) for kind in types),
        totals=tuple(_total(column, types, rows=rows, hotel=hotel) for column in columns),
        overbooked=tuple(
            OverbookedNight(room_type=kind, day=column.day, by=row.overbooked_by)
            for column in columns
            for kind in types
            if (row := rows.get((kind.pk, column.day))) and row.overbooked_by
        ),
        changed_at=max((row.updated_at for row in rows.values()), default=None),
    )


def availability_rows(hotel: Hotel, *, first: date) -> Iterator[RoomAvailability]:
    """Yield the stored rows of ninety nights from `first`, ordered by room type and night."""
    last = first + timedelta(days=WINDOW_NIGHTS - 1)
    return (
        RoomAvailability.objects.of_hotel(hotel)
        .filter(date__range=(first, last))
        .select_related("room_type")
        .order_by("room_type__code", "date")
        .iterator()
    )


Rows = Mapping[tuple[int, date], RoomAvailability]


def _columns(first: date, *, today: date) -> tuple[NightColumn, ...]:
    days = (first + timedelta(days=n) for n in range(WINDOW_NIGHTS))
    return tuple(
        NightColumn(
            day=day,
            label=formats.day(day),
            weekend=day.weekday() >= SATURDAY,
            today=day == today,
        )
        for day in days
    )


def _row(kind: RoomType, *, columns: Sequence[NightColumn], rows: Rows) -> RoomTypeRow:
    found = ((column, rows.get((kind.pk, column.day))) for column in columns)
    return RoomTypeRow(
        room_type=kind,
        cells=tuple(
            _cell(
                column,
                name=kind.code,
                rows=[row],
                rate=row.occupancy_rate,
            )
            if row
            else None
            for column, row in found
        ),
    )


def _total(
    column: NightColumn, types: Sequence[RoomType], *, rows: Rows, hotel: Hotel
) -> Cell | None:
    """Return the figures of all room types on the night together; None where there are none."""
    found = [row for kind in types if (row := rows.get((kind.pk, column.day)))]
    if not found:
        return None
    stock = _stock(found)
    return _cell(
        column,
        name=hotel.name,
        rows=found,
        rate=occupancy_rate(occupied=stock.occupied, base=stock.base(hotel.occupancy_basis)),
    )


def _stock(rows: Sequence[RoomAvailability]) -> RoomCounts:
    return RoomCounts(
        total=sum(row.total_rooms for row in rows),
        out_of_order=sum(row.out_of_order for row in rows),
        occupied=sum(row.occupied_rooms for row in rows),
    )


SUMMARY: str | Promise = pgettext_lazy(
    "availability",
    "%(name)s, %(day)s: %(available)d available, %(sold)d of %(total)d sold, %(off)d out of order",
)


def _cell(
    column: NightColumn, *, name: str, rows: Sequence[RoomAvailability], rate: Decimal
) -> Cell:
    stock = _stock(rows)
    available = sum(row.available_rooms for row in rows)
    overbooked_by = sum(row.overbooked_by for row in rows)
    summary = str(SUMMARY) % {
        "name": name,
        "day": column.label,
        "available": available,
        "sold": stock.occupied,
        "total": stock.total,
        "off": stock.out_of_order,
    }
    if overbooked_by:
        summary += gettext(", overbooked by %(count)d") % {"count": overbooked_by}
    return Cell(
        column=column,
        available=available,
        overbooked_by=overbooked_by,
        rate=rate,
        heat=int((rate / TEN).quantize(Decimal(1), rounding=ROUND_HALF_UP)),
        summary=summary,
    )
