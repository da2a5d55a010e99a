"""Events of availability: changed nights by room type, and nights that are overbooked."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from uuid import uuid4

from hotels.models import RoomAvailability
from hotels.notifications.outbox import NewEvent, hotels_that_hear, may_be_heard, payloads, publish


def publish_changed(
    rows: Sequence[RoomAvailability],
    *,
    short_before: Mapping[tuple[int, date], int],
    hotel_id: int,
    today: date,
    now: datetime,
) -> None:
    """Publish changed rows, with one event for each room type; their types should be loaded.

    A night from `today` on that is overbooked by more rooms than before gets an event of its own.
    `short_before` holds by how many rooms nights of room types were overbooked, where they were.
    """
    # A first calculation changes many rows: they are read only where heard.
    types = (payloads.AvailabilityChanged, payloads.AvailabilityOverbooked)
    if (
        rows
        and may_be_heard(hotel_id=hotel_id)
        and hotels_that_hear(hotel_ids=[hotel_id], payloads=types)
    ):
        by_type: dict[int, list[RoomAvailability]] = defaultdict(list)
        for row in rows:
            by_type[row.room_type_id].append(row)
        events = [
            *_changed(by_type.values(), hotel_id=hotel_id, now=now),
            *_overbooked(
                by_type.values(),
                short_before=short_before,
                hotel_id=hotel_id,
                today=today,
                now=now,
            ),
        ]
        publish(events, now=now)


def _changed(
    groups: Iterable[list[RoomAvailability]], *, hotel_id: int, now: datetime
) -> Iterator[NewEvent]:
    for rows in groups:
        kind = rows[0].room_type
        yield NewEvent(
            hotel_id=hotel_id,
            key=f"availability.changed:{kind.pk}:{uuid4().hex}",
            data=payloads.AvailabilityChanged(
                room_type_id=kind.pk, room_type=kind.code, nights=payloads.available_nights(rows)
            ),
            occurred_at=now,
            about=kind,
        )


def _overbooked(
    groups: Iterable[list[RoomAvailability]],
    *,
    short_before: Mapping[tuple[int, date], int],
    hotel_id: int,
    today: date,
    now: datetime,
) -> Iterator[NewEvent]:
    for row in (row for rows in groups for row in rows):
        before = short_before.get((row.room_type_id, row.date), 0)
        if row.overbooked_by > before and row.date >= today:
            yield NewEvent(
                hotel_id=hotel_id,
                key=f"availability.overbooked:{row.room_type_id}:{row.date}:{uuid4().hex}",
                data=payloads.AvailabilityOverbooked(
                    room_type_id=row.room_type_id,
                    room_type=row.room_type.code,
                    date=row.date,
                    overbooked_by=row.overbooked_by,
                ),
                occurred_at=now,
                about=row,
            )
