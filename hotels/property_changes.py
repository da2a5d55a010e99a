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

from hotels import audit
from hotels.audit import Verb
from hotels.models import Hotel, HotelGroup

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


@transaction.atomic
def move_to_group(
    *, group: HotelGroup, hotel_ids: Collection[int], by: audit.By, now: datetime
) -> None:
    """Let exactly these hotels belong to the group; each one that changes is recorded."""
    own = Hotel.objects.filter(group=group)
    others = Hotel.objects.filter(pk__in=hotel_ids).exclude(group=group)
    for rows, to in ((own.exclude(pk__in=hotel_ids), None), (others, group)):
        moved = list(rows.order_by("pk"))
        note = "out of the hotel group" if to is None else "into the hotel group"
        note = f"{note} {group.name}"
        audit.record_each(by=by, verb=Verb.MOVE, rows=moved, note=note, now=now)
        keys = [hotel.pk for hotel in moved]
        Hotel.objects.filter(pk__in=keys).update_in_order(group=to)
