"""Check-in: the guest arrives and gets a room."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Subquery
from django.utils.translation import gettext

from hotels.booking_events import publish_stays
from hotels.front_desk.locked_stays import BatchResult, lock_stays
from hotels.models import BookingNight, BookingRoom, Hotel, Room, RoomBlock
from hotels.notifications.outbox import payloads


def check_in(*, stay: BookingRoom, now: datetime) -> BookingRoom:
    """Check in one booking room at `now`; returns it as it is now.

    The room is chosen as in `check_in_all`. Raises ActionRefused unless `stay` is confirmed.
    """
    return check_in_all(hotel=stay.hotel, stays=[stay], now=now).only()


@transaction.atomic
def check_in_all(*, hotel: Hotel, stays: Iterable[BookingRoom], now: datetime) -> BatchResult:
    """Check in booking rooms of `hotel` at `now`; refuses those that are not confirmed.

    A booking room without an assigned room gets a free one of the type booked, if possible one that
    is free until the departure. Its nights that another guest has in that room stay without a room.
    Guests who leave today take rooms from the other end of the list, so that they share a room with
    a guest of the coming night only in a full house. Where no room of the type is free, none is
    assigned.
    """
    locked = lock_stays(
        hotel=hotel,
        stays=stays,
        required=BookingRoom.Status.CONFIRMED,
        refusal=gettext("%(stay)s cannot be checked in: its status is “%(status)s”."),
    )
    unassigned = [stay for stay in locked.allowed if stay.room_id is None]
    _assign_rooms(unassigned, hotel=hotel, today=hotel.business_date(now))
    for stay in locked.allowed:
        stay.status = BookingRoom.Status.CHECKED_IN
        stay.checked_in_at = now
    BookingRoom.objects.bulk_update(locked.allowed, ["room", "status", "checked_in_at"])
    _assign_nights(unassigned)
    publish_stays(locked.allowed, payload=payloads.BookingCheckedIn, now=now)
    return locked.result()


def _assign_nights(stays: Iterable[BookingRoom]) -> None:
    """Give the nights of the stays their room, except nights another guest has in that room."""
    taken = BookingNight.objects.filter(
        room=OuterRef("booking_room__room"), date=OuterRef("date"), released=False
    ).exclude(booking_room=OuterRef("booking_room"))
    assigned = BookingRoom.objects.filter(pk=OuterRef("booking_room_id")).values("room_id")
    nights = BookingNight.objects.filter(booking_room__in=[stay.pk for stay in stays])
    nights.exclude(Exists(taken)).update(room=Subquery(assigned))


@dataclass(frozen=True, kw_only=True)
class _FreeRoom:
    """A room that is free tonight, and the next date on which it is not; None if there is none."""

    room: Room
    free_until: date | None

    def free_for(self, stay: BookingRoom) -> bool:
        return self.free_until is None or self.free_until >= stay.departure_date


def _assign_rooms(stays: Sequence[BookingRoom], *, hotel: Hotel, today: date) -> None:
    free = _free_rooms(hotel, room_types={stay.room_type_id for stay in stays}, today=today)
    for stay in stays:
        of_type = free[stay.room_type_id]
        in_order = of_type if stay.departure_date > today else of_type[::-1]
        chosen = next(
            (each for each in in_order if each.free_for(stay)),
            max(in_order, key=lambda each: each.free_until or date.max, default=None),
        )
        if chosen is not None:
            stay.room = chosen.room
            of_type.remove(chosen)


def _free_rooms(hotel: Hotel, *, room_types: set[int], today: date) -> dict[int, list[_FreeRoom]]:
    """Return the free rooms by room type id, locked: two check-ins never get the same room."""
    rooms = Room.objects.of_hotel(hotel).filter(active=True, room_type__in=room_types)
    locked = list(rooms.locked())
    used = _first_use(hotel, today=today)
    free: dict[int, list[_FreeRoom]] = defaultdict(list)
    for room in locked:
        if used.get(room.pk) != today:
            free[room.room_type_id].append(_FreeRoom(room=room, free_until=used.get(room.pk)))
    return free


def _first_use(hotel: Hotel, *, today: date) -> dict[int, date]:
    """Return the first date from `today` on on which each room is taken or out of order."""
    nights = BookingNight.objects.filter(hotel=hotel, date__gte=today, released=False)
    dates = nights.exclude(room=None).order_by().values_list("room_id").annotate(Min("date"))
    used = {room: first for room, first in dates if room is not None}
    blocks = RoomBlock.objects.of_hotel(hotel).filter(
        kind=RoomBlock.Kind.OUT_OF_ORDER, end_date__gt=today
    )
    for room, start in blocks.values_list("room_id", "start_date"):
        used[room] = min(used.get(room, date.max), max(start, today))
    # A guest in house is in the room without a night too: overdue, extended or before arrival.
    in_house = BookingRoom.objects.filter(hotel=hotel, status=BookingRoom.Status.CHECKED_IN)
    staying = in_house.exclude(departure_date=today).exclude(room=None)
    for room in staying.values_list("room_id", flat=True):
        if room is not None:
            used[room] = today
    return used
