"""Rooms of a sandbox hotel, derived from a file that does not list them."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hotels.calendar import ONE_DAY
from hotels.importing.booking_states import BookingState, Status
from hotels.importing.records import Record, StayOutcome
from hotels.models import Hotel, Room, RoomType

ROOMS_PER_FLOOR = 30


def peak_nights(records: Iterable[Record]) -> dict[str, int]:
    """Return the highest number of rooms occupied on one night, by reserved room type.

    Only stays that took place count, each over `[arrival, arrival + nights)`.
    """
    nights: dict[str, Counter[date]] = defaultdict(Counter)
    for record in records:
        of_type = nights[record.room_type]
        if record.outcome is StayOutcome.CHECKED_OUT:
            of_type.update(record.arrival_date + timedelta(days=n) for n in range(record.nights))
    return {code: max(nights[code].values(), default=0) for code in sorted(nights)}


@dataclass(frozen=True, kw_only=True)
class RoomStock:
    """Room types by code, and all rooms in order of creation."""

    types: dict[str, RoomType]
    rooms: tuple[Room, ...]


def build_stock(*, hotel: Hotel, capacity: dict[str, int]) -> RoomStock:
    """Create the room types and their rooms, 30 per floor, room type by room type."""
    types = RoomType.objects.bulk_create(
        RoomType(hotel=hotel, code=code, name=f"Room type {code}") for code in capacity
    )
    wanted = [room_type for room_type in types for _ in range(capacity[room_type.code])]
    rooms = Room.objects.bulk_create(
        _room(hotel=hotel, room_type=room_type, index=index)
        for index, room_type in enumerate(wanted)
    )
    return RoomStock(types={each.code: each for each in types}, rooms=tuple(rooms))


def _room(*, hotel: Hotel, room_type: RoomType, index: int) -> Room:
    floor, place = index // ROOMS_PER_FLOOR + 1, index % ROOMS_PER_FLOOR + 1
    return Room(hotel=hotel, room_type=room_type, number=f"{floor}{place:02d}", floor=floor)


def assign_rooms(
    *, entries: Iterable[BookingState], rooms: Sequence[Room], as_of: date
) -> dict[int, Room]:
    """Return the room assigned to each stay on arrival, by line of the file.

    Rooms are assigned on arrival only, so a room that is free then is free for the whole stay: with
    as many rooms as the peak one is always free. A day-use stay gets a free room without keeping
    it. If no room of the type is free, the stay has none.
    """
    free: dict[str, list[tuple[int, Room]]] = defaultdict(list)
    for room in rooms:
        heapq.heappush(free[room.room_type.code], (room.pk, room))
    taken: dict[str, list[tuple[date, tuple[int, Room]]]] = defaultdict(list)
    assigned: dict[int, Room] = {}
    stays = [e for e in entries if e.status in (Status.CHECKED_IN, Status.CHECKED_OUT)]
    for entry in sorted(stays, key=lambda e: (e.record.arrival_date, _until(e, as_of=as_of))):
        code, arrival = entry.record.room_type, entry.record.arrival_date
        while taken[code] and taken[code][0][0] <= arrival:
            heapq.heappush(free[code], heapq.heappop(taken[code])[1])
        if not free[code]:
            continue
        assigned[entry.record.line] = free[code][0][1]
        until = _until(entry, as_of=as_of)
        if until > arrival:
            heapq.heappush(taken[code], (until, heapq.heappop(free[code])))
    return assigned


def _until(entry: BookingState, *, as_of: date) -> date:
    """Return the day the room is free again: the check-out, or at the earliest tomorrow."""
    return entry.ended_date or max(entry.record.departure_date, as_of + ONE_DAY)
