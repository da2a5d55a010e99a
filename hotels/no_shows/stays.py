"""The nights, prices, charges and no-show records of stays."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import BigAutoField, Q

from hotels.models import (
    Booking,
    BookingNight,
    BookingRoom,
    FolioLine,
    Guest,
    Hotel,
    NoShowRecord,
)
from hotels.prepared import Among, CompiledQuery, Given

NOT_STAYING = (
    BookingRoom.Status.CANCELLED,
    BookingRoom.Status.RELEASED,
    BookingRoom.Status.NO_SHOW,
)
STAY_CHARGES = (FolioLine.Category.ROOM, FolioLine.Category.EXTRA)
_ROOM, _BOOKING, _GUEST = (
    tuple(field.attname for field in model._meta.concrete_fields)
    for model in (BookingRoom, Booking, Guest)
)
_LOCKED_ROOMS = CompiledQuery(
    lambda: (
        BookingRoom.objects.filter(
            Q(Among("booking", keys="bookings")) | Q(Among("folio", keys="folios")),
            hotel_id=Given("hotel", field=BigAutoField()),
        )
        .locked()
        .values_list(
            *_ROOM,
            *(f"booking__{name}" for name in _BOOKING),
            *(f"booking__guest__{name}" for name in _GUEST),
        )
    )
)
_NIGHTS = CompiledQuery(
    lambda: (
        BookingNight.objects.filter(Among("booking_room", keys="rooms"), released=False)
        .order_by("date")
        .values_list("pk", "booking_room_id", "date", "price", "room__room_type_id")
    )
)
_RECORD = tuple(field.attname for field in NoShowRecord._meta.concrete_fields)
_RECORDS = CompiledQuery(
    lambda: (
        NoShowRecord.objects.filter(Among("booking_room", keys="rooms"))
        .order_by("pk")
        .values_list(*_RECORD)
    )
)
_STAY_CHARGES = CompiledQuery(
    lambda: (
        FolioLine.objects.filter(
            Q(Among("booking_room", keys="rooms"))
            | Q(Among("folio", keys="folios"), booking_room=None),
            category__in=STAY_CHARGES,
            gross__gte=0,
            reverses=None,
            reversed_by=None,
        )
        .order_by()
        .values_list("booking_room_id", "folio_id", "business_date")
    )
)


class BookedNight(NamedTuple):
    """A night of a stay that is not released, with the key of the room type it is counted for."""

    pk: int
    room: int
    date: date
    price: Decimal
    room_type: int


def locked_rooms(
    *, hotel: Hotel, bookings: Collection[int], folios: Collection[int]
) -> list[BookingRoom]:
    """The rooms of these bookings and folios, locked, each with its booking and the guest."""
    found = []
    for row in _LOCKED_ROOMS.rows(hotel=hotel.pk, bookings=bookings, folios=folios):
        of_room, rest = row[: len(_ROOM)], row[len(_ROOM) :]
        room = BookingRoom.from_db(DEFAULT_DB_ALIAS, _ROOM, of_room)
        room.booking = Booking.from_db(DEFAULT_DB_ALIAS, _BOOKING, rest[: len(_BOOKING)])
        room.booking.guest = Guest.from_db(DEFAULT_DB_ALIAS, _GUEST, rest[len(_BOOKING) :])
        found.append(room)
    return found


def nights_of(*, rooms: Iterable[BookingRoom]) -> Mapping[int, list[BookedNight]]:
    """The nights of each room that are not released, by date, by the key of the room."""
    booked_type = {room.pk: room.room_type_id for room in rooms}
    found: dict[int, list[BookedNight]] = defaultdict(list)
    for pk, room, day, price, room_type in _NIGHTS.rows(rooms=booked_type):
        found[room].append(BookedNight(pk, room, day, price, room_type or booked_type[room]))
    return found


def prices_of(room: BookingRoom, *, nights: Iterable[BookedNight]) -> list[Decimal]:
    """The agreed prices of a stay: its nights in date order, or its day-use price."""
    day_use = [room.day_use_price] if room.day_use and room.day_use_price is not None else []
    stay = (each for each in nights if room.arrival_date <= each.date < room.departure_date)
    return [*day_use, *(night.price for night in stay)]


def records_of(*, rooms: Iterable[BookingRoom]) -> Mapping[int, list[NoShowRecord]]:
    """The no-show records of each room, the first one first, by the key of the room."""
    found: dict[int, list[NoShowRecord]] = defaultdict(list)
    for values in _RECORDS.rows(rooms=[room.pk for room in rooms]):
        record = NoShowRecord.from_db(DEFAULT_DB_ALIAS, _RECORD, values)
        found[record.booking_room_id].append(record)
    return found


def charged_rooms(*, rooms: list[BookingRoom], related: list[BookingRoom]) -> set[int]:
    """Keys of the rooms with a charge of the stay that was not reversed.

    An allowance is no charge: it can be given before the guest arrives. A charge without a room
    counts for a room that is the only user of the folio.
    """
    users = Counter(room.folio_id for room in related if room.status not in NOT_STAYING)
    sole_user = {room.folio_id: room for room in rooms if users[room.folio_id] == 1}
    by_pk = {room.pk: room for room in rooms}
    lines = _STAY_CHARGES.rows(rooms=by_pk, folios=[pk for pk in sole_user if pk is not None])
    return {
        room.pk
        for room_pk, folio_pk, day in lines
        if (room := by_pk[room_pk] if room_pk else sole_user[folio_pk]) and day >= room.arrival_date
    }
