"""The availability calendar: what is left of each room type, night by night, as last counted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy

from hotels import formats
from hotels.availability import WINDOW_NIGHTS, LiveStock, occupancy_rate
from hotels.models import Hotel, RoomAvailability, RoomType

SATURDAY = 5
TEN = Decimal(10)


@dataclass(frozen=True, kw_only=True)
class NightColumn:
    """One night; `words` is its date as people read it."""

    day: date
    words: str
    weekend: bool
    today: bool


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A room type on a night. `heat` is the occupancy in tenths, 0 to 10; `words` the whole row."""

    column: NightColumn
    available: int
    over: int
    rate: Decimal
    heat: int
    words: str


@dataclass(frozen=True, kw_only=True)
class RoomTypeRow:
    """A room type over the nights; None where no row was ever calculated."""

    room_type: RoomType
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, kw_only=True)
class OverbookedNight:
    """More rooms of a type sold on a night than there are."""

    room_type: RoomType
    day: date
    by: int


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The nights of a hotel from `first` on. `changed_at`: when one of them last changed."""

    first: date
    columns: tuple[NightColumn, ...]
    lines: tuple[RoomTypeRow, ...]
    house: tuple[Cell | None, ...]
    overbooked: tuple[OverbookedNight, ...]
    changed_at: datetime | None

    @property
    def months(self) -> Iterator[tuple[date, int]]:
        """The first night shown of each month, and how many nights are."""
        for _, group in groupby(self.columns, key=lambda one: (one.day.year, one.day.month)):
            nights = list(group)
            yield nights[0].day, len(nights)

    @cached_property
    def empty(self) -> bool:
        """Whether no night was ever calculated."""
        return not any(self.house)


def read_calendar(*, hotel: Hotel, first: date, now: datetime) -> Calendar:
    """Ninety nights from `first`, by room type, in two queries.

    Types no longer active are shown where they have rows: past nights are history.
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
        lines=tuple(_line(kind, columns=columns, rows=rows) for kind in types),
        house=tuple(_house(column, types, rows=rows, hotel=hotel) for column in columns),
        overbooked=tuple(
            OverbookedNight(room_type=kind, day=column.day, by=row.overbooked_by)
            for column in columns
            for kind in types
            if (row := rows.get((kind.pk, column.day))) and row.overbooked_by
        ),
        changed_at=max((row.updated_at for row in rows.values()), default=None),
    )


def availability_rows(hotel: Hotel, *, first: date) -> Iterator[RoomAvailability]:
    """The stored rows of the ninety nights, by room type and night, each with its type."""
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
            words=formats.day(day),
            weekend=day.weekday() >= SATURDAY,
            today=day == today,
        )
        for day in days
    )


def _line(kind: RoomType, *, columns: Sequence[NightColumn], rows: Rows) -> RoomTypeRow:
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


def _house(
    column: NightColumn, types: Sequence[RoomType], *, rows: Rows, hotel: Hotel
) -> Cell | None:
    """All room types of the night together."""
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


def _stock(rows: Sequence[RoomAvailability]) -> LiveStock:
    return LiveStock(
        total=sum(row.total_rooms for row in rows),
        out_of_order=sum(row.out_of_order for row in rows),
        occupied=sum(row.occupied_rooms for row in rows),
    )


WORDS: str | Promise = pgettext_lazy(
    "availability",
    "%(name)s, %(day)s: %(sold)d of %(total)d sold, %(off)d out of order, %(left)d left",
)


def _cell(
    column: NightColumn, *, name: str, rows: Sequence[RoomAvailability], rate: Decimal
) -> Cell:
    stock = _stock(rows)
    left = sum(row.available_rooms for row in rows)
    over = sum(row.overbooked_by for row in rows)
    words = str(WORDS) % {
        "name": name,
        "day": column.words,
        "sold": stock.occupied,
        "total": stock.total,
        "off": stock.out_of_order,
        "left": left,
    }
    if over:
        words += gettext(", %(over)d too many") % {"over": over}
    heat = int((rate / TEN).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return Cell(column=column, available=left, over=over, rate=rate, heat=heat, words=words)
