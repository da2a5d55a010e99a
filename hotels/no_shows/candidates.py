"""Rooms past their no-show deadline, locked, with everything the decision needs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q

from hotels.models import (
    BookingNight,
    BookingRoom,
    Folio,
    FolioLine,
    Hotel,
    NoShowRecord,
    Payment,
)
from hotels.no_show_terms import NoShowTerms
from hotels.no_shows import rules

NOT_STAYING = (
    BookingRoom.Status.CANCELLED,
    BookingRoom.Status.RELEASED,
    BookingRoom.Status.NO_SHOW,
)
STAY_CHARGES = (FolioLine.Category.ROOM, FolioLine.Category.EXTRA)


@dataclass(frozen=True, kw_only=True)
class NoShowCandidate:
    """A room past its deadline with the facts the decision depends on.

    `folio` is the one a fee would be charged on: the room's own, or the one with the deposit.
    `in_house` are the checked-in rooms of the same booking.
    """

    room: BookingRoom
    terms: NoShowTerms
    deadline: datetime
    activity: rules.Activity
    prices: tuple[Decimal, ...]
    in_house: tuple[BookingRoom, ...]
    folio: Folio | None
    last_record: NoShowRecord | None
    records_before: int


@dataclass(frozen=True, kw_only=True)
class UnreadableRoom:
    """A room whose deadline cannot be calculated, and why."""

    room: BookingRoom
    error: Exception


@dataclass(frozen=True, kw_only=True)
class OverdueRooms:
    """Rooms past their deadline, read without a lock; `waiting` counts those before theirs."""

    rooms: tuple[BookingRoom, ...]
    waiting: int
    unreadable: tuple[UnreadableRoom, ...]


def find_overdue(*, hotel: Hotel, now: datetime) -> OverdueRooms:
    """Confirmed rooms with arrival up to today that are past their deadline."""
    rooms = (
        BookingRoom.objects.of_hotel(hotel)
        .filter(status=BookingRoom.Status.CONFIRMED, arrival_date__lte=hotel.business_date(now))
        .select_related("booking")
        .order_by("pk")
    )
    due: list[BookingRoom] = []
    unreadable: list[UnreadableRoom] = []
    for room in rooms:
        try:
            if deadline_of(room, hotel=hotel) <= now:
                due.append(room)
        except Exception as error:  # noqa: BLE001  one unreadable booking must not stop the others
            unreadable.append(UnreadableRoom(room=room, error=error))
    return OverdueRooms(
        rooms=tuple(due),
        waiting=len(rooms) - len(due) - len(unreadable),
        unreadable=tuple(unreadable),
    )


def deadline_of(room: BookingRoom, *, hotel: Hotel) -> datetime:
    """The room's deadline under the terms on its booking.

    Raises ValueError when the terms cannot be read.
    """
    return rules.deadline(
        terms=NoShowTerms.from_json(room.no_show_terms),
        arrival=room.arrival_date,
        booked_at=room.booking.booked_at,
        day_close=hotel.day_close_time,
        zone=hotel.zone,
    )


def lock(*, hotel: Hotel, due: Iterable[BookingRoom], now: datetime) -> list[NoShowCandidate]:
    """Lock the bookings' rooms and read again those still confirmed and past their deadline.

    A second run waits here and then finds the rooms already decided. The other rooms of the same
    bookings and folios are locked too, because the decision depends on whether they are in house.
    """
    seen = {room.pk: room for room in due}
    if not seen:
        return []
    rooms = list(
        BookingRoom.objects.of_hotel(hotel)
        .filter(
            Q(booking__in={room.booking_id for room in seen.values()})
            | Q(folio__in={room.folio_id for room in seen.values() if room.folio_id})
        )
        .select_related("booking__guest", "room_type")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    unchanged = [room for room in rooms if room.pk in seen and _unchanged(room, seen[room.pk])]
    return _candidates(hotel, unchanged, related=rooms)


def _unchanged(room: BookingRoom, seen: BookingRoom) -> bool:
    """True if nothing the deadline depends on was changed before the lock was taken."""
    # A room that was changed in the meantime is checked by the next run.
    return (room.status, room.arrival_date, room.no_show_terms) == (
        seen.status,
        seen.arrival_date,
        seen.no_show_terms,
    )


def _candidates(
    hotel: Hotel, rooms: list[BookingRoom], *, related: list[BookingRoom]
) -> list[NoShowCandidate]:
    folios = _folios(rooms)
    prices = _prices(rooms)
    charged = _charged(rooms, related=related)
    records = _records(rooms)
    return [
        NoShowCandidate(
            room=room,
            terms=NoShowTerms.from_json(room.no_show_terms),
            deadline=deadline_of(room, hotel=hotel),
            activity=rules.Activity(
                checked_in_at=room.checked_in_at,
                key_issued_at=room.key_issued_at,
                charged=room.pk in charged,
                staff_hold=room.staff_hold,
                eta=room.eta,
            ),
            prices=tuple(prices[room.pk]),
            in_house=tuple(
                other
                for other in related
                if other.booking_id == room.booking_id
                and other.status == BookingRoom.Status.CHECKED_IN
            ),
            folio=folios.get(room.pk),
            last_record=records[room.pk][-1] if records[room.pk] else None,
            records_before=len(records[room.pk]),
        )
        for room in rooms
    ]


def _folios(rooms: Iterable[BookingRoom]) -> Mapping[int, Folio]:
    """The folio of each room, locked: its own, else the one with the booking's deposit.

    A deposit may be on an open folio of the booking that no room uses yet. It is taken when the
    room has no open folio and the booking has exactly one such folio; with several, staff decide.
    """
    rooms = list(rooms)
    used = BookingRoom.objects.filter(folio=OuterRef("pk"))
    paid = Payment.objects.filter(folio=OuterRef("pk"), status=Payment.Status.SUCCEEDED)
    unused = Q(booking__in={room.booking_id for room in rooms}, status=Folio.Status.OPEN)
    own = {room.folio_id for room in rooms if room.folio_id}
    folios = Folio.objects.filter(Q(pk__in=own) | unused & ~Exists(used) & Exists(paid))
    found = {folio.pk: folio for folio in folios.order_by("pk").select_for_update()}
    deposits: dict[int, list[Folio]] = defaultdict(list)
    for pk in found.keys() - own:
        deposits[found[pk].booking_id].append(found[pk])
    return {
        room.pk: folio
        for room in rooms
        if (folio := _folio(found.get(room.folio_id or 0), deposits=deposits[room.booking_id]))
    }


def _folio(own: Folio | None, *, deposits: Sequence[Folio]) -> Folio | None:
    if (own is None or own.status != Folio.Status.OPEN) and len(deposits) == 1:
        return deposits[0]
    return own


def _prices(rooms: Iterable[BookingRoom]) -> Mapping[int, list[Decimal]]:
    """The agreed prices of each stay: its nights in date order, or its day-use price."""
    found: dict[int, list[Decimal]] = defaultdict(list)
    for room in rooms:
        if room.day_use and room.day_use_price is not None:
            found[room.pk].append(room.day_use_price)
    rows = BookingNight.objects.filter(
        booking_room__in=[room.pk for room in rooms],
        released=False,
        date__gte=F("booking_room__arrival_date"),
        date__lt=F("booking_room__departure_date"),
    )
    for room_id, price in rows.order_by("date").values_list("booking_room_id", "price"):
        found[room_id].append(price)
    return found


def _records(rooms: Iterable[BookingRoom]) -> Mapping[int, list[NoShowRecord]]:
    found: dict[int, list[NoShowRecord]] = defaultdict(list)
    rows = NoShowRecord.objects.filter(booking_room__in=[room.pk for room in rooms])
    for record in rows.order_by("pk"):
        found[record.booking_room_id].append(record)
    return found


def _charged(rooms: list[BookingRoom], *, related: list[BookingRoom]) -> set[int]:
    """Keys of the rooms with a charge of the stay that was not reversed.

    A charge without a room counts for a room that is the only user of the folio.
    """
    users = Counter(room.folio_id for room in related if room.status not in NOT_STAYING)
    sole_user = {room.folio_id: room for room in rooms if users[room.folio_id] == 1}
    by_pk = {room.pk: room for room in rooms}
    lines = (
        FolioLine.objects.filter(
            Q(booking_room__in=by_pk)
            | Q(booking_room=None, folio__in=[pk for pk in sole_user if pk is not None]),
            category__in=STAY_CHARGES,
            reverses=None,
            reversed_by=None,
        )
        .order_by()
        .values_list("booking_room_id", "folio_id", "business_date")
    )
    return {
        room.pk
        for room_pk, folio_pk, day in lines
        if (room := by_pk[room_pk] if room_pk else sole_user[folio_pk]) and day >= room.arrival_date
    }
