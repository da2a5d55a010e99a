"""Who is judged: rooms past their deadline, locked, with all that the decision asks about."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q

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

GONE = (BookingRoom.Status.CANCELLED, BookingRoom.Status.RELEASED, BookingRoom.Status.NO_SHOW)
IN_STAY = (FolioLine.Category.ROOM, FolioLine.Category.EXTRA)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One room past its deadline, and what is on the books about it.

    `folio` is where it would be charged: its own, or that of the deposit.
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
class Unreadable:
    """A room that cannot be judged, and why."""

    room: BookingRoom
    error: Exception


@dataclass(frozen=True, kw_only=True)
class OverdueRooms:
    """The result of the first look, which locks nothing."""

    rooms: tuple[BookingRoom, ...]
    waiting: int
    unreadable: tuple[Unreadable, ...]


def find_overdue(*, hotel: Hotel, now: datetime) -> OverdueRooms:
    """Which confirmed rooms that should have arrived by today are past their deadline."""
    rooms = (
        BookingRoom.objects.of_hotel(hotel)
        .filter(status=BookingRoom.Status.CONFIRMED, arrival_date__lte=hotel.business_date(now))
        .select_related("booking")
        .order_by("pk")
    )
    due: list[BookingRoom] = []
    unreadable: list[Unreadable] = []
    for room in rooms:
        try:
            if deadline_of(room, hotel=hotel) <= now:
                due.append(room)
        except Exception as error:  # noqa: BLE001  one unreadable booking stops nobody
            unreadable.append(Unreadable(room=room, error=error))
    return OverdueRooms(
        rooms=tuple(due),
        waiting=len(rooms) - len(due) - len(unreadable),
        unreadable=tuple(unreadable),
    )


def deadline_of(room: BookingRoom, *, hotel: Hotel) -> datetime:
    """The room's deadline under the terms on its booking; ValueError when they cannot be read."""
    return rules.deadline(
        terms=NoShowTerms.from_json(room.no_show_terms),
        arrival=room.arrival_date,
        booked_at=room.booking.booked_at,
        day_close=hotel.day_close_time,
        zone=hotel.zone,
    )


def lock(*, hotel: Hotel, due: Iterable[BookingRoom], now: datetime) -> list[Case]:
    """Lock the rooms of the bookings concerned, and read again those still confirmed and due.

    A run that comes second waits here, and then finds the rooms decided. The other rooms of the
    bookings and of the folios are locked too: whether they are in house decides.
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
    judged = [room for room in rooms if room.pk in seen and _same(room, seen[room.pk])]
    return _cases(hotel, judged, neighbours=rooms)


def _same(room: BookingRoom, seen: BookingRoom) -> bool:
    """Whether nothing the deadline hangs on was changed between look and lock."""
    # A room that was changed meanwhile is judged afresh by the next run.
    return (room.status, room.arrival_date, room.no_show_terms) == (
        seen.status,
        seen.arrival_date,
        seen.no_show_terms,
    )


def _cases(hotel: Hotel, judged: list[BookingRoom], *, neighbours: list[BookingRoom]) -> list[Case]:
    folios = _folios(judged)
    prices = _prices(judged)
    charged = _charged(judged, neighbours=neighbours)
    records = _records(judged)
    return [
        Case(
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
                for other in neighbours
                if other.booking_id == room.booking_id
                and other.status == BookingRoom.Status.CHECKED_IN
            ),
            folio=folios.get(room.pk),
            last_record=records[room.pk][-1] if records[room.pk] else None,
            records_before=len(records[room.pk]),
        )
        for room in judged
    ]


def _folios(rooms: Iterable[BookingRoom]) -> Mapping[int, Folio]:
    """The folio of each room, locked: its own; where that is closed or none, that of the deposit.

    A deposit may stand on a folio of the booking that no room was given yet. Of several a person
    chooses.
    """
    rooms = list(rooms)
    used = BookingRoom.objects.filter(folio=OuterRef("pk"))
    paid = Payment.objects.filter(folio=OuterRef("pk"), status=Payment.Status.SUCCEEDED)
    nobodys = Q(booking__in={room.booking_id for room in rooms}, status=Folio.Status.OPEN)
    own = {room.folio_id for room in rooms if room.folio_id}
    folios = Folio.objects.filter(Q(pk__in=own) | nobodys & ~Exists(used) & Exists(paid))
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
    found: dict[int, list[Decimal]] = defaultdict(list)
    rows = BookingNight.objects.filter(booking_room__in=[r.pk for r in rooms], released=False)
    for room, price in rows.order_by("date").values_list("booking_room_id", "price"):
        found[room].append(price)
    return found


def _records(rooms: Iterable[BookingRoom]) -> Mapping[int, list[NoShowRecord]]:
    found: dict[int, list[NoShowRecord]] = defaultdict(list)
    rows = NoShowRecord.objects.filter(booking_room__in=[room.pk for room in rooms])
    for record in rows.order_by("pk"):
        found[record.booking_room_id].append(record)
    return found


def _charged(rooms: list[BookingRoom], *, neighbours: list[BookingRoom]) -> set[int]:
    """Rooms with a charge of the stay that stands.

    A charge that names no room counts for the only room its folio is used by.
    """
    users = Counter(room.folio_id for room in neighbours if room.status not in GONE)
    alone = {room.folio_id: room for room in rooms if users[room.folio_id] == 1}
    by_pk = {room.pk: room for room in rooms}
    lines = (
        FolioLine.objects.filter(
            Q(booking_room__in=by_pk)
            | Q(booking_room=None, folio__in=[pk for pk in alone if pk is not None]),
            category__in=IN_STAY,
            reverses=None,
            reversed_by=None,
        )
        .order_by()
        .values_list("booking_room_id", "folio_id", "business_date")
    )
    return {
        room.pk
        for room_pk, folio_pk, day in lines
        if (room := by_pk[room_pk] if room_pk else alone[folio_pk]) and day >= room.arrival_date
    }
