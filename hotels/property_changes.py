"""Saving hotels: the one way to create a hotel, to (de)activate it and to move its clock.

Whether a hotel is active, and its time zone, decide which scheduled work is due in it. An app that
schedules work registers what it does before such a change and after a hotel was created, once, in
a module that its AppConfig imports when it is ready:

    register_before_change(settle_spa_slots)
    register_after_creation(start_spa_schedules)
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hotels.models import Hotel

SCHEDULING_FIELDS = frozenset({"active", "timezone"})


@dataclass(frozen=True, kw_only=True)
class HotelChange:
    """A change about to be stored: the hotel as stored before it, and the fields that change."""

    hotel: Hotel
    fields: frozenset[str]
    now: datetime


BeforeChange = Callable[[HotelChange], None]
AfterCreation = Callable[[Hotel, datetime], None]

_before_change: list[BeforeChange] = []
_after_creation: list[AfterCreation] = []


def register_before_change(function: BeforeChange) -> None:
    """Call the function before scheduling fields of a hotel change, in the same transaction.

    The row of the hotel is locked then; the transaction goes on with what the function locked.
    """
    _before_change.append(function)


def register_after_creation(function: AfterCreation) -> None:
    """Call the function with each new hotel and the time, in the same transaction."""
    _after_creation.append(function)


@transaction.atomic
def save_hotel(
    *, hotel: Hotel, now: datetime, update_fields: Collection[str] | None = None
) -> Hotel:
    """Create the hotel or save its changes, or only `update_fields`; returns it.

    Other apps first settle what was due until `now`. Raises what they raise, and nothing is saved.
    """
    if hotel._state.adding:
        hotel.save(force_insert=True)
        for start in _after_creation:
            start(hotel, now)
        return hotel
    stored = Hotel.objects.locked().get(pk=hotel.pk)
    written = SCHEDULING_FIELDS.intersection(update_fields or SCHEDULING_FIELDS)
    changed = {name for name in written if getattr(stored, name) != getattr(hotel, name)}
    if changed:
        change = HotelChange(hotel=stored, fields=frozenset(changed), now=now)
        for settle in _before_change:
            settle(change)
    hotel.save(update_fields=update_fields)
    return hotel
