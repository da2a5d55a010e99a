"""Rooms past their no-show deadline, locked, with everything the decision needs."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from hotels.calendar import ONE_DAY
from hotels.models import BookingRoom, Hotel, NoShowRecord
from hotels.money import ZERO
from hotels.no_show_terms import NoShowTerms
from hotels.no_shows import rules
from hotels.no_shows.deposits import DepositClaim, FolioFunds, guaranteed_amounts, lock_funds
from hotels.no_shows.fees import agreed_fee, price_with_tax
from hotels.no_shows.stays import (
    BookedNight,
    charged_rooms,
    locked_rooms,
    nights_of,
    prices_of,
    records_of,
)
from hotels.prepared import prepared_cursor

# A subquery, not a join: for that PostgreSQL may read the bookings of all hotels.
_MAY_BE_OVERDUE = """
    SELECT EXISTS (SELECT 1 FROM hotels_noshowrecord
            WHERE hotel_id = hotel.id AND outcome = 'REVIEW'),
        room.id, room.booking_id, room.folio_id, room.status, room.arrival_date,
        room.departure_date, room.no_show_terms,
        (SELECT booked_at FROM hotels_booking WHERE id = room.booking_id)
    FROM hotels_hotel hotel
    LEFT JOIN hotels_bookingroom room ON room.hotel_id = hotel.id
        AND room.arrival_date <= %(today)s AND (room.status = 'CONFIRMED'
            OR room.status = 'TENTATIVE' AND room.departure_date < %(today)s)
    WHERE hotel.id = %(hotel)s ORDER BY room.id
"""


@dataclass(frozen=True, kw_only=True)
class NoShowCandidate:
    """A room past its deadline with the facts the decision depends on.

    `terms` is None if the terms on the booking cannot be read; this is reported as a problem until
    the departure date has passed, and then decided by a person. `departed` is true from the close
    of the departure date on. `nights` are those not released, by date, and `prices` the agreed
    prices of the stay. `in_house` are the checked-in rooms of the same booking, `funds` its folios
    with their unspent money, and `highest_folio_number` is 0 without a folio. `deposit` is the
    amount that guarantees the room if nothing else does (domain rule 3).
    """

    room: BookingRoom
    terms: NoShowTerms | None
    deadline: datetime
    departed: bool
    activity: rules.Activity
    nights: tuple[BookedNight, ...]
    prices: tuple[Decimal, ...]
    in_house: tuple[BookingRoom, ...]
    funds: tuple[FolioFunds, ...]
    deposit: Decimal | None
    last_record: NoShowRecord | None
    records_before: int
    highest_folio_number: int

    @property
    def agreed_terms(self) -> NoShowTerms:
        """The terms. Raises ValueError if they cannot be read."""
        if self.terms is None:
            raise ValueError("the no-show terms of the booking cannot be read")
        return self.terms

    @property
    def guaranteed(self) -> bool:
        """True if the terms or a deposit guarantee the room."""
        return self.deposit is not None or (self.terms is not None and self.terms.guaranteed)


@dataclass(frozen=True, kw_only=True)
class UnreadableRoom:
    """A room whose deadline cannot be calculated, and why."""

    room: BookingRoom
    error: Exception


class SeenRoom(NamedTuple):
    """A room that may be overdue, as read without a lock; `terms` are the stored JSON."""

    pk: int
    booking_id: int
    folio_id: int | None
    status: str
    arrival_date: date
    departure_date: date
    terms: str
    booked_at: datetime

    @property
    def no_show_terms(self) -> Any:
        """The stored terms."""
        return json.loads(self.terms)


@dataclass(frozen=True, kw_only=True)
class OverdueRooms:
    """Rooms past their deadline, read without a lock.

    `has_reviews` is true if a no-show of the hotel waits for a decision.
    """

    rooms: tuple[SeenRoom, ...]
    unreadable: tuple[UnreadableRoom, ...]
    has_reviews: bool


def find_overdue(*, hotel: Hotel, now: datetime) -> OverdueRooms:
    """Confirmed rooms past their deadline, and all those whose departure date has passed.

    Tentative rooms are found once their departure date has passed: they would never end.
    Deposits are not read: a room that only a deposit guarantees is found from its release time on.
    One query, and one more for rooms whose deadline cannot be calculated.
    """
    today = hotel.business_date(now)
    has_reviews, rooms = _read(hotel, today=today)
    due: list[SeenRoom] = []
    errors: dict[int, Exception] = {}
    for room in rooms:
        try:
            if room.departure_date < today or _deadline_of_seen(room, hotel=hotel) <= now:
                due.append(room)
        except Exception as error:  # noqa: BLE001  one unreadable booking must not stop the others
            errors[room.pk] = error
    unreadable = (
        BookingRoom.objects.select_related("booking").filter(pk__in=errors).order_by("pk")
        if errors
        else ()
    )
    return OverdueRooms(
        rooms=tuple(due),
        unreadable=tuple(UnreadableRoom(room=room, error=errors[room.pk]) for room in unreadable),
        has_reviews=has_reviews,
    )


def _read(hotel: Hotel, *, today: date) -> tuple[bool, list[SeenRoom]]:
    """True if a no-show waits for a decision, and the rooms that may be overdue."""
    with prepared_cursor() as cursor:
        cursor.execute(_MAY_BE_OVERDUE, {"hotel": hotel.pk, "today": today.isoformat()})
        rows = cursor.fetchall()
    rooms = [SeenRoom._make(row[1:]) for row in rows if row[1] is not None]
    if connection.vendor == "sqlite":
        rooms = [each._replace(booked_at=_utc(each.booked_at)) for each in rooms]
    return bool(rows and rows[0][0]), rooms


def _utc(stored: Any) -> datetime:
    """An instant as SQLite has it, as text without a time zone."""
    return datetime.fromisoformat(str(stored)).replace(tzinfo=UTC)


@lru_cache(maxsize=512)
def _terms_in(stored: str) -> NoShowTerms:
    """The terms in stored JSON: most rooms of a hotel have the same. Raises ValueError."""
    return NoShowTerms.from_json(json.loads(stored))


def _deadline_of_seen(room: SeenRoom, *, hotel: Hotel) -> datetime:
    return rules.deadline(
        terms=_terms_in(room.terms),
        arrival=room.arrival_date,
        booked_at=room.booked_at,
        day_close=hotel.day_close_time,
        zone=hotel.zone,
    )


def deadline_of(room: BookingRoom, *, hotel: Hotel, by_deposit: bool = False) -> datetime:
    """The room's deadline under the terms on its booking, or as `by_deposit` guaranteed.

    Raises ValueError when the terms cannot be read.
    """
    terms = NoShowTerms.from_json(room.no_show_terms)
    return rules.deadline(
        terms=replace(terms, guaranteed=True) if by_deposit else terms,
        arrival=room.arrival_date,
        booked_at=room.booking.booked_at,
        day_close=hotel.day_close_time,
        zone=hotel.zone,
    )


def lock(
    *, hotel: Hotel, due: Iterable[BookingRoom | SeenRoom], now: datetime
) -> list[NoShowCandidate]:
    """Lock the bookings' rooms and read again those still confirmed and past their deadline.

    A second run waits here and then finds the rooms already decided. The other rooms of the same
    bookings and folios are locked too, because the decision depends on whether they are in house.
    """
    seen = {room.pk: room for room in due}
    if not seen:
        return []
    rooms = locked_rooms(
        hotel=hotel,
        bookings={room.booking_id for room in seen.values()},
        folios={room.folio_id for room in seen.values() if room.folio_id},
    )
    unchanged = [room for room in rooms if room.pk in seen and _unchanged(room, seen[room.pk])]
    return _candidates(hotel, unchanged, related=rooms, today=hotel.business_date(now))


def _unchanged(room: BookingRoom, seen: BookingRoom | SeenRoom) -> bool:
    """True if nothing the deadline depends on was changed before the lock was taken."""
    # A room that was changed in the meantime is checked by the next run.
    return (room.status, room.arrival_date, room.no_show_terms) == (
        seen.status,
        seen.arrival_date,
        seen.no_show_terms,
    )


def _candidates(
    hotel: Hotel, rooms: list[BookingRoom], *, related: list[BookingRoom], today: date
) -> list[NoShowCandidate]:
    locked = lock_funds(hotel=hotel, rooms=rooms)
    funds = locked.of_rooms
    nights = nights_of(rooms=related)
    prices = {room.pk: prices_of(room, nights=nights[room.pk]) for room in related}
    deposits = _guaranteed_by_deposit(hotel, rooms, related=related, funds=funds, prices=prices)
    charged = charged_rooms(rooms=rooms, related=related)
    records = records_of(rooms=rooms)
    return [
        NoShowCandidate(
            room=room,
            terms=_terms(room),
            deadline=(
                deadline_of(room, hotel=hotel, by_deposit=room.pk in deposits)
                if _terms(room)
                else hotel.instant(room.departure_date + ONE_DAY, hotel.day_close_time, later=True)
            ),
            departed=room.departure_date < today,
            activity=rules.Activity(
                checked_in_at=room.checked_in_at,
                key_issued_at=room.key_issued_at,
                charged=room.pk in charged,
                staff_hold=room.staff_hold,
                eta=room.eta,
            ),
            nights=tuple(nights[room.pk]),
            prices=tuple(prices[room.pk]),
            in_house=tuple(
                other
                for other in related
                if other.booking_id == room.booking_id
                and other.status == BookingRoom.Status.CHECKED_IN
            ),
            funds=funds[room.pk],
            deposit=deposits.get(room.pk),
            last_record=records[room.pk][-1] if records[room.pk] else None,
            records_before=len(records[room.pk]),
            highest_folio_number=locked.highest_numbers.get(room.booking_id, 0),
        )
        for room in rooms
    ]


def _terms(room: BookingRoom) -> NoShowTerms | None:
    try:
        return NoShowTerms.from_json(room.no_show_terms)
    except ValueError:
        return None


def _guaranteed_by_deposit(
    hotel: Hotel,
    rooms: Iterable[BookingRoom],
    *,
    related: Iterable[BookingRoom],
    funds: Mapping[int, tuple[FolioFunds, ...]],
    prices: Mapping[int, list[Decimal]],
) -> dict[int, Decimal]:
    """The deposit that guarantees each room without another guarantee, as far as there is one.

    All rooms of a booking that are still expected share its deposits, in the order of arrival.
    """
    claims: dict[int, list[DepositClaim]] = defaultdict(list)
    for room in sorted(related, key=lambda room: (room.arrival_date, room.number, room.pk)):
        claim = _claim(room, prices=prices[room.pk], hotel=hotel)
        if room.status == BookingRoom.Status.CONFIRMED and claim is not None:
            claims[room.booking_id].append(claim)
    found: dict[int, Decimal] = {}
    for booking_id, funds_of_booking in {r.booking_id: funds[r.pk] for r in rooms}.items():
        found |= guaranteed_amounts(claims=claims[booking_id], funds=funds_of_booking)
    return found


def _claim(room: BookingRoom, *, prices: Sequence[Decimal], hotel: Hotel) -> DepositClaim | None:
    """The claim of the room to a deposit; None if its fee cannot be calculated."""
    terms = _terms(room)
    if terms is None:
        return None
    currency = room.booking.currency
    try:
        fee = agreed_fee(terms=terms, prices=prices, hotel=hotel, currency=currency).split.gross
    except (ValueError, ArithmeticError):
        return None
    return DepositClaim(
        room=room.pk,
        folio=room.folio_id,
        fee=fee,
        first_night=price_with_tax(prices[0], hotel=hotel, currency=currency) if prices else ZERO,
        guaranteed=terms.guaranteed,
    )
