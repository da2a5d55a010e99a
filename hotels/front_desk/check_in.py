"""Check-in: the guest arrives and gets a room."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext

from hotels.front_desk.locked_stays import BatchResult, lock_stays
from hotels.models import BookingNight, BookingRoom, Hotel, Room, RoomBlock


def check_in(*, stay: BookingRoom, now: datetime) -> BookingRoom:
    """Check in one booking room at `now`; returns it as it is now.

    The room is chosen as in `check_in_all`. Raises ActionRefused unless `stay` is confirmed.
    """
    return check_in_all(hotel=stay.hotel, stays=[stay], now=now).only()


@transaction.atomic
def check_in_all(*, hotel: Hotel, stays: Iterable[BookingRoom], now: datetime) -> BatchResult:
    """Check in booking rooms of `hotel` at `now`; refuses those that are not confirmed.

    A booking room without an assigned room gets a free one of the type booked. Guests who leave
    today take rooms from the other end of the list, so that they share a room with a guest of the
    coming night only in a full house. Where no room of the type is free, none is assigned.
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
    assigned = BookingRoom.objects.filter(pk=OuterRef("booking_room_id")).values("room_id")
    BookingNight.objects.filter(booking_room__in=[stay.pk for stay in unassigned]).update(
        room=Subquery(assigned)
    )
    return locked.result()


def _assign_rooms(stays: Sequence[BookingRoom], *, hotel: Hotel, today: date) -> None:
    free = _free_rooms(hotel, room_types={stay.room_type_id for stay in stays}, today=today)
    for stay in stays:
        of_type = free[stay.room_type_id]
        if of_type:
            stay.room = of_type.pop(0 if stay.departure_date > today else -1)


def _free_rooms(hotel: Hotel, *, room_types: set[int], today: date) -> dict[int, list[Room]]:
    """Return the free rooms by room type id, locked: two check-ins never get the same room."""
    rooms = Room.objects.of_hotel(hotel).filter(active=True, room_type__in=room_types)
    locked = list(rooms.select_for_update(no_key=True).order_by("pk"))
    nights = BookingNight.objects.filter(hotel=hotel, date=today, released=False)
    taken = set(nights.exclude(room=None).values_list("room_id", flat=True))
    # A guest in house is in the room without a night too: overdue, extended or before arrival.
    in_house = BookingRoom.objects.filter(hotel=hotel, status=BookingRoom.Status.CHECKED_IN)
    staying = in_house.exclude(departure_date=today).exclude(room=None)
    taken.update(staying.values_list("room_id", flat=True))
    blocks = RoomBlock.objects.of_hotel(hotel).filter(
        kind=RoomBlock.Kind.OUT_OF_ORDER, start_date__lte=today, end_date__gt=today
    )
    taken.update(blocks.values_list("room_id", flat=True))
    free: dict[int, list[Room]] = defaultdict(list)
    for room in locked:
        if room.pk not in taken:
            free[room.room_type_id].append(room)
    return free
