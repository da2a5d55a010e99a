"""Rooms that become dirty because guests slept in them (domain rule 1)."""

from datetime import date

from hotels.housekeeping.occupancy import Phase
from hotels.housekeeping.snapshot import HousekeepingSnapshot
from hotels.models import Hotel, Room


def mark_dirty(hotel: Hotel, *, day: date, snapshot: HousekeepingSnapshot) -> list[Room]:
    """In the first round of a date, mark the rooms guests slept in as dirty; returns them.

    The date is stored on the hotel: in an empty hotel, or one without a clean due, neither tasks
    nor cleanliness show whether a round has already run.
    """
    if hotel.last_round_date is not None and hotel.last_round_date >= day:
        return []
    Hotel.objects.filter(pk=hotel.pk).update(last_round_date=day)
    if not hotel.dirty_occupied_rooms:
        return []
    slept_in = snapshot.occupancy.moved_out | {
        room_id
        for room_id, occupants in snapshot.occupancy.occupants.items()
        if any(one.nights > 0 and one.phase is not Phase.ARRIVED for one in occupants)
    }
    clean = [
        room
        for room in snapshot.rooms.values()
        if room.pk in slept_in and room.cleanliness != Room.Cleanliness.DIRTY
    ]
    if clean:
        Room.objects.filter(pk__in=[room.pk for room in clean]).update_in_order(
            cleanliness=Room.Cleanliness.DIRTY
        )
    return clean
