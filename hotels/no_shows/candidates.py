"""Rooms past their no-show deadline, locked, with everything the decision needs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F, Q

from hotels.calendar import ONE_DAY
from hotels.models import BookingNight, BookingRoom, FolioLine, Hotel, NoShowRecord
from hotels.money import ZERO
from hotels.no_show_terms import NoShowTerms
from hotels.no_shows import rules
from hotels.no_shows.deposits import DepositClaim, FolioFunds, guaranteed_amounts, lock_funds
from hotels.no_shows.fees import agreed_fee, price_with_tax

NOT_STAYING = (
    BookingRoom.Status.CANCELLED,
    BookingRoom.Status.RELEASED,
    BookingRoom.Status.NO_SHOW,
)
STAY_CHARGES = (FolioLine.Category.ROOM, FolioLine.Category.EXTRA)


@dataclass(frozen=True, kw_only=True)
class NoShowCandidate:
    """A room past its deadline with the facts the decision depends on.

    `terms` is None if the terms on the booking cannot be read; this is reported as a problem until
    the departure date has passed, and then decided by a person. `departed` is true from the close
    of the departure date on. `in_house` are the checked-in rooms of the same booking, `funds` its
    folios with their unspent money. `deposit` is the amount that guarantees the room if nothing
    else does (domain rule 3).
    """

    room: BookingRoom
    terms: NoShowTerms | None
    deadline: datetime
    departed: bool
    activity: rules.Activity
    prices: tuple[Decimal, ...]
    in_house: tuple[BookingRoom, ...]
    funds: tuple[FolioFunds, ...]
    deposit: Decimal | None
    last_record: NoShowRecord | None
    records_before: int

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


@dataclass(frozen=True, kw_only=True)
class OverdueRooms:
    """Rooms past their deadline, read without a lock; `waiting` counts those before theirs."""

    rooms: tuple[BookingRoom, ...]
    waiting: int
    unreadable: tuple[UnreadableRoom, ...]


def find_overdue(*, hotel: Hotel, now: datetime) -> OverdueRooms:
    """Confirmed rooms past their deadline, and all those whose departure date has passed.

    Tentative rooms are found once their departure date has passed: they would never end.
    Deposits are not read: a room that only a deposit guarantees is found from its release time on.
    """
    today = hotel.business_date(now)
    rooms = (
        BookingRoom.objects.of_hotel(hotel)
        .filter(
            Q(status=BookingRoom.Status.CONFIRMED)
            | Q(status=BookingRoom.Status.TENTATIVE, departure_date__lt=today),
            arrival_date__lte=today,
        )
        .select_related("booking")
        .order_by("pk")
    )
    due: list[BookingRoom] = []
    unreadable: list[UnreadableRoom] = []
    for room in rooms:
        try:
            if room.departure_date < today or deadline_of(room, hotel=hotel) <= now:
                due.append(room)
        except Exception as error:  # noqa: BLE001  one unreadable booking must not stop the others
            unreadable.append(UnreadableRoom(room=room, error=error))
    return OverdueRooms(
        rooms=tuple(due),
        waiting=len(rooms) - len(due) - len(unreadable),
        unreadable=tuple(unreadable),
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
        .locked()
    )
    unchanged = [room for room in rooms if room.pk in seen and _unchanged(room, seen[room.pk])]
    return _candidates(hotel, unchanged, related=rooms, today=hotel.business_date(now))


def _unchanged(room: BookingRoom, seen: BookingRoom) -> bool:
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
    funds = lock_funds(rooms=rooms)
    prices = _prices(related)
    deposits = _guaranteed_by_deposit(hotel, rooms, related=related, funds=funds, prices=prices)
    charged = _charged(rooms, related=related)
    records = _records(rooms)
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

    An allowance is no charge: it can be given before the guest arrives. A charge without a room
    counts for a room that is the only user of the folio.
    """
    users = Counter(room.folio_id for room in related if room.status not in NOT_STAYING)
    sole_user = {room.folio_id: room for room in rooms if users[room.folio_id] == 1}
    by_pk = {room.pk: room for room in rooms}
    lines = (
        FolioLine.objects.filter(
            Q(booking_room__in=by_pk)
            | Q(booking_room=None, folio__in=[pk for pk in sole_user if pk is not None]),
            category__in=STAY_CHARGES,
            gross__gte=0,
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
