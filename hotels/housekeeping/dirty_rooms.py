"""Rooms that become dirty because guests slept in them (domain rule 1)."""

from datetime import date

from hotels.housekeeping.occupancy import Phase
from hotels.housekeeping.queries import LOCKED_ROOMS
from hotels.housekeeping.snapshot import HousekeepingSnapshot
from hotels.models import Hotel, Room
from hotels.row_writes import update_rows


def is_first_round(hotel: Hotel, *, day: date) -> bool:
    """Return whether no round has run for the date `day` or a later one."""
    return hotel.last_round_date is None or hotel.last_round_date < day


def mark_dirty(hotel: Hotel, *, day: date, snapshot: HousekeepingSnapshot) -> list[Room]:
    """In the first round of a date, mark the rooms guests slept in as dirty; returns them.

    The date is stored on the hotel: in an empty hotel, or one without a clean due, neither tasks
    nor cleanliness show whether a round has already run.
    """
    if not is_first_round(hotel, day=day):
        return []
    update_rows([Hotel(pk=hotel.pk, last_round_date=day)], ["last_round_date"])
    if not hotel.dirty_occupied_rooms:
        return []
    slept_in = snapshot.occupancy.moved_out | {
        room_id
        for room_id, occupants in snapshot.occupancy.occupants.items()
        if any(one.nights > 0 and one.phase is not Phase.ARRIVED for one in occupants)
    }
    clean = [
        snapshot.rooms[room.room_id]
        for room in snapshot.days.values()
        if room.room_id in slept_in and not room.dirty
    ]
    LOCKED_ROOMS.rows(rooms=[room.pk for room in clean])
    dirty = [Room(pk=room.pk, cleanliness=Room.Cleanliness.DIRTY) for room in clean]
    update_rows(dirty, ["cleanliness"])
    return clean
