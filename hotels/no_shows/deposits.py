"""Deposits of a booking, on any of its folios: what is unspent, and which rooms it guarantees."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q

from hotels import money
from hotels.models import Booking, BookingRoom, Folio, Hotel
from hotels.no_shows.folio_settlement import LIVE, accounts_of
from hotels.prepared import Among, CompiledQuery

EXPECTED = BookingRoom.Status.CONFIRMED
_USERS = CompiledQuery(
    lambda: (
        BookingRoom.objects.filter(Among("folio", keys="folios"), status__in=LIVE)
        .order_by()
        .values_list("folio_id", "pk", "status")
    )
)
_FOLIO, _BOOKING = (
    tuple(field.attname for field in model._meta.concrete_fields) for model in (Folio, Booking)
)
_LOCKED_FOLIOS = CompiledQuery(
    lambda: (
        Folio.objects.filter(Q(Among("pk", keys="own")) | Q(Among("booking", keys="bookings")))
        .locked(exclusive=True)
        .values_list(*_FOLIO, *(f"booking__{name}" for name in _BOOKING))
    )
)


@dataclass(frozen=True, kw_only=True)
class FolioFunds:
    """A folio with the amount received on it beyond its charges.

    `untouched` is true if nothing was ever charged or paid. `users` are the keys of the tentative,
    confirmed and checked-in rooms charged to the folio; `in_use` is true if one of them is
    tentative or checked in, so that the money is meant for a stay.
    """

    folio: Folio
    unspent: Decimal
    untouched: bool
    users: frozenset[int]
    in_use: bool

    @property
    def open(self) -> bool:
        """True if the folio can be charged."""
        return self.folio.status == Folio.Status.OPEN


@dataclass(frozen=True, kw_only=True)
class DepositClaim:
    """A room that is still expected: what it could claim of the booking's deposits.

    `fee` is its no-show fee and `first_night` the price of its first night, both tax included. A
    room with a `guarantee` by card or company needs no deposit, but keeps what is on its own folio.
    """

    room: int
    folio: int | None
    fee: Decimal
    first_night: Decimal
    guaranteed: bool

    @property
    def needed(self) -> Decimal:
        """The smallest deposit that guarantees the room; zero if none can."""
        return min((each for each in (self.fee, self.first_night) if each > 0), default=money.ZERO)


@dataclass(frozen=True, kw_only=True)
class LockedFunds:
    """The folios of each room, by its key, and the highest folio number of each booking, by its."""

    of_rooms: Mapping[int, tuple[FolioFunds, ...]]
    highest_numbers: Mapping[int, int]


def lock_funds(*, hotel: Hotel, rooms: Iterable[BookingRoom]) -> LockedFunds:
    """The folios of each room's booking, and its own one, locked.

    Folios come with their booking and hotel; those in another currency than the booking are left
    out. Five queries. Must run in a transaction; the rooms have their bookings.
    """
    rooms = list(rooms)
    own = {room.folio_id for room in rooms if room.folio_id}
    bookings = {room.booking_id for room in rooms}
    folios = []
    highest: dict[int, int] = defaultdict(int)
    for row in _LOCKED_FOLIOS.rows(own=own, bookings=bookings):
        folio = Folio.from_db(DEFAULT_DB_ALIAS, _FOLIO, row[: len(_FOLIO)])
        folio.booking = Booking.from_db(DEFAULT_DB_ALIAS, _BOOKING, row[len(_FOLIO) :])
        folio.hotel = hotel
        highest[folio.booking_id] = max(highest[folio.booking_id], folio.number)
        folios.append(folio)
    accounts = accounts_of(folios)
    users: dict[int, dict[int, str]] = defaultdict(dict)
    for folio_id, pk, status in _USERS.rows(folios=accounts):
        users[folio_id][pk] = status
    funds = [
        FolioFunds(
            folio=folio,
            unspent=accounts[folio.pk].surplus,
            untouched=accounts[folio.pk].untouched,
            users=frozenset(users[folio.pk]),
            in_use=any(status != EXPECTED for status in users[folio.pk].values()),
        )
        for folio in folios
    ]
    of_rooms = {
        room.pk: tuple(
            each
            for each in funds
            if each.folio.currency == room.booking.currency
            and (each.folio.booking_id == room.booking_id or each.folio.pk == room.folio_id)
        )
        for room in rooms
    }
    return LockedFunds(of_rooms=of_rooms, highest_numbers=highest)


def guaranteed_amounts(
    *, claims: Sequence[DepositClaim], funds: Iterable[FolioFunds]
) -> dict[int, Decimal]:
    """The amounts by which deposits guarantee rooms of one booking, by room (domain rule 3).

    A deposit that covers the fee or the first night guarantees the room. It is used once: first for
    the rooms of its own folio, then for the others, in the order of `claims`; what is left tops the
    amounts up to the fees. A room without an amount is not guaranteed by a deposit.
    """
    funds = [each for each in funds if each.open]
    left = {each.folio.pk: each.unspent for each in funds}
    pool = [each.folio.pk for each in funds if not each.in_use]
    found: dict[int, Decimal] = {}
    for claim in claims:
        own = _own(claim, left)
        if claim.guaranteed:
            _take(left, own, claim.fee)
        elif 0 < claim.needed <= _sum(left, own):
            found[claim.room] = _take(left, own, claim.needed)
    for claim in claims:
        reach = {*_own(claim, left), *pool}
        open_claim = claim.room not in found and not claim.guaranteed
        if open_claim and 0 < claim.needed <= _sum(left, reach):
            found[claim.room] = _take(left, reach, claim.needed)
    for claim in claims:
        if claim.room in found:
            missing = max(claim.fee - found[claim.room], money.ZERO)
            found[claim.room] += _take(left, {*_own(claim, left), *pool}, missing)
    return found


def _own(claim: DepositClaim, left: Mapping[int, Decimal]) -> set[int]:
    return {claim.folio} & left.keys() if claim.folio is not None else set()


def _sum(left: Mapping[int, Decimal], folios: Collection[int]) -> Decimal:
    return sum((left[pk] for pk in folios), money.ZERO)


def _take(left: dict[int, Decimal], folios: Iterable[int], amount: Decimal) -> Decimal:
    """Take up to `amount` from the folios, in order; return what was taken."""
    taken = money.ZERO
    for pk in sorted(folios):
        part = min(left[pk], amount - taken)
        left[pk] -= part
        taken += part
    return taken
