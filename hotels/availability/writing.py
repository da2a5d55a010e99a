"""Writing counted nights: one INSERT for all of them, or for as many as the database accepts."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, overload

from django.db import connection

from hotels.availability.comparison import CountedNight
from hotels.availability.occupied_nights import as_date
from hotels.bulk import Checkpoint, Failure, write_isolated
from hotels.models import Hotel, RoomAvailability, RoomType
from hotels.prepared import prepared_cursor

COUNTED = (
    "total_rooms",
    "out_of_order",
    "occupied_rooms",
    "available_rooms",
    "overbooked_by",
    "occupancy_rate",
)
# The rows are one value of the statement: SQLite allows 999, and values by the thousand are slow.
_ROWS = {
    "postgresql": """
        SELECT * FROM unnest(%(kinds)s::bigint[], %(dates)s::date[], %(total)s::integer[],
            %(out_of_order)s::integer[], %(occupied)s::integer[], %(available)s::integer[],
            %(overbooked_by)s::integer[], %(rate)s::integer[])
    """,
    "sqlite": """
        SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
            value ->> 6, value ->> 7 FROM json_each(%(rows)s)
    """,
}
_UPSERT = """
    WITH counted (kind, date, total, out_of_order, occupied, available, overbooked_by, rate) AS (
        {rows}
    )
    INSERT INTO hotels_roomavailability (hotel_id, room_type_id, date, total_rooms, out_of_order,
        occupied_rooms, available_rooms, overbooked_by, occupancy_rate, updated_at)
    SELECT %(hotel)s, kind, date, total, out_of_order, occupied, available, overbooked_by,
        rate / 100.0, %(now)s
    FROM counted WHERE TRUE  -- SQLite would take ON CONFLICT for the ON of a join
    ON CONFLICT (room_type_id, date) DO UPDATE SET total_rooms = excluded.total_rooms,
        out_of_order = excluded.out_of_order, occupied_rooms = excluded.occupied_rooms,
        available_rooms = excluded.available_rooms, overbooked_by = excluded.overbooked_by,
        occupancy_rate = excluded.occupancy_rate, updated_at = excluded.updated_at
    RETURNING id, room_type_id, date
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class ChangedRows(Sequence[RoomAvailability]):
    """The rows written, in the order they were counted; each becomes an object when it is read.

    A first calculation writes hundreds, of which a result names a few.
    """

    hotel: Hotel
    types: Mapping[int, RoomType]
    nights: Sequence[CountedNight]
    keys: Mapping[tuple[int, date], int]
    updated_at: datetime

    def __len__(self) -> int:
        return len(self.nights)

    @overload
    def __getitem__(self, index: int) -> RoomAvailability: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[RoomAvailability]: ...
    def __getitem__(self, index: int | slice) -> RoomAvailability | Sequence[RoomAvailability]:
        if isinstance(index, slice):
            return [self._row(night) for night in self.nights[index]]
        return self._row(self.nights[index])

    def __iter__(self) -> Iterator[RoomAvailability]:
        return (self._row(night) for night in self.nights)

    def _row(self, night: CountedNight) -> RoomAvailability:
        row = row_of(night, hotel=self.hotel, types=self.types, now=self.updated_at)
        row.pk = self.keys[night.kind, night.date]
        return row


def row_of(
    night: CountedNight,
    *,
    hotel: Hotel,
    types: Mapping[int, RoomType],
    now: datetime,
) -> RoomAvailability:
    """The row of a counted night, without its key."""
    return RoomAvailability(
        hotel=hotel,
        room_type=types[night.kind],
        date=night.date,
        total_rooms=night.total,
        out_of_order=night.out_of_order,
        occupied_rooms=night.occupied,
        available_rooms=night.available,
        overbooked_by=night.overbooked_by,
        occupancy_rate=night.occupancy_rate,
        updated_at=now,
    )


def write_rows(
    nights: Sequence[CountedNight],
    *,
    hotel: Hotel,
    types: Mapping[int, RoomType],
    now: datetime,
    checkpoint: Checkpoint,
) -> tuple[ChangedRows, tuple[Failure[RoomAvailability], ...]]:
    """Create or update the rows of these nights; returns the written rows, and those refused.

    Calls and raises what `write_isolated` does.
    """
    keys: dict[tuple[int, date], int] = {}
    write = partial(_upsert, hotel=hotel, now=now, keys=keys)
    refused = write_isolated(nights, write=write, checkpoint=checkpoint)
    failed = {(failure.row.kind, failure.row.date) for failure in refused}
    written = [night for night in nights if (night.kind, night.date) not in failed]
    return (
        ChangedRows(hotel=hotel, types=types, nights=written, keys=keys, updated_at=now),
        tuple(
            Failure(row=row_of(failure.row, hotel=hotel, types=types, now=now), error=failure.error)
            for failure in refused
        ),
    )


def _upsert(
    nights: Sequence[CountedNight],
    *,
    hotel: Hotel,
    now: datetime,
    keys: dict[tuple[int, date], int],
) -> None:
    statement = _UPSERT.format(rows=_ROWS[connection.vendor])
    values = {"hotel": hotel.pk, "now": connection.ops.adapt_datetimefield_value(now)}
    with prepared_cursor() as cursor:
        cursor.execute(statement, values | _row_values(nights))
        for key, kind, day in cursor.fetchall():
            keys[kind, as_date(day)] = key


def _row_values(nights: Sequence[CountedNight]) -> dict[str, Any]:
    columns = [night[:8] for night in nights]
    if connection.vendor == "sqlite":
        return {"rows": json.dumps([(kind, str(day), *counts) for kind, day, *counts in columns])}
    names = ("kinds", "dates", *CountedNight._fields[2:8])
    return dict(zip(names, map(_array, zip(*columns, strict=True)), strict=True))


def _array(values: Iterable[int | date]) -> str:
    """An array as PostgreSQL writes it; the driver takes its time over each value of a list."""
    return f"{{{','.join(map(str, values))}}}"
