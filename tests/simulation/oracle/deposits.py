"""Deposits (rule 3): which rooms they guarantee, and the folio on which a fee is charged.

The rules say that a deposit on any folio of the booking counts, and counts once. They are silent on
the order: the oracle follows the project.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.simulation.oracle import fees, invoices
from tests.simulation.oracle.amounts import ZERO
from tests.simulation.oracle.books import Booking, Books, Folio, Stay

if TYPE_CHECKING:
    from tests.simulation.oracle.no_shows import Verdict


def unspent(folio: Folio) -> Decimal:
    """The money received beyond what is charged, as documents show or will show it."""
    return max(folio.received - due(folio), ZERO)


def due(folio: Folio) -> Decimal:
    """The total of the documents and of the charges still to be invoiced."""
    documented = sum((d.gross if d.kind == "INVOICE" else -d.gross for d in folio.documents), ZERO)
    rates = invoices.totals(folio.books, [line for line in folio.lines if line.open])
    return documented + sum((each.gross for each in rates.values()), ZERO)


def guaranteed(books: Books, booking: Booking) -> dict[Stay, Decimal]:
    """The deposit that guarantees each room of a booking without another guarantee.

    First for the rooms of the folio it was paid on, then for others; money on a folio that a guest
    in house or a tentative room uses is meant for that stay. What is left tops up to the fees.
    """
    rooms = sorted(
        (stay for stay in booking.stays if stay.status == "CONFIRMED"),
        key=lambda stay: (stay.arrival, stay.number, stay.pk),
    )
    left = {folio: unspent(folio) for folio in booking.folios if folio.status == "OPEN"}
    common = [f for f in left if all(stay.status == "CONFIRMED" for stay in f.staying)]
    found: dict[Stay, Decimal] = {}
    full = {stay: fees.fee_of(books, stay)[0].gross for stay in rooms}
    needs = {stay: fees.needed_deposit(books, stay) for stay in rooms}
    for stay in rooms:
        if stay.terms.guaranteed:
            _take(left, _own(stay, left), full[stay])
        elif 0 < needs[stay] <= sum(left[f] for f in _own(stay, left)):
            found[stay] = _take(left, _own(stay, left), needs[stay])
    for stay in rooms:
        reach = {*_own(stay, left), *common}
        waits = stay not in found and not stay.terms.guaranteed
        if waits and 0 < needs[stay] <= sum(left[f] for f in reach):
            found[stay] = _take(left, reach, needs[stay])
    for stay, amount in found.items():
        more = max(full[stay] - amount, ZERO)
        found[stay] += _take(left, {*_own(stay, left), *common}, more)
    return found


def fee_folios(books: Books, verdicts: "Iterable[Verdict]") -> "dict[Stay, Folio | None]":
    """The folio of each room that is charged or released; None if it needs none.

    Its own if anything was charged or paid there; else one with a deposit that no other room uses;
    else its own, or for a fee a new one.
    """
    going = list(verdicts)
    stays = {verdict.stay for verdict in going}
    left: dict[Folio, Decimal] = {}
    highest: dict[Booking, int] = {}
    numbers: dict[Stay, int] = {}
    for verdict in going:
        booking = verdict.stay.booking
        for folio in booking.folios:
            if folio.status == "OPEN":
                left.setdefault(folio, unspent(folio))
        known = max((folio.number for folio in booking.folios), default=0)
        numbers[verdict.stay] = highest[booking] = highest.get(booking, known) + 1
    chosen: dict[Stay, Folio | None] = {}
    for verdict in sorted(going, key=lambda v: (v.guaranteed_by is None, v.stay.pk)):
        stay, fee = verdict.stay, verdict.fee.gross
        folio = _choose(stay, fee, left, stays)
        if folio is not None:
            left[folio] -= min(left[folio], fee)
        elif fee:
            folio = Folio(pk=None, booking=stay.booking, number=numbers[stay], books=books)
        chosen[stay] = folio
    for stay, folio in chosen.items():
        if folio is not None and folio not in stay.booking.folios:
            stay.booking.folios.append(folio)
    return chosen


def _choose(stay: Stay, fee: Decimal, left: dict[Folio, Decimal], going: set[Stay]) -> Folio | None:
    own = next((folio for folio in left if folio is stay.folio), None)
    if own is not None and (own.lines or own.payments):
        return own
    free = [
        folio
        for folio in left
        if folio.booking is stay.booking and left[folio] > 0 and set(folio.staying) <= going
    ]
    free.sort(key=lambda folio: folio.pk or 0)
    enough = [folio for folio in free if left[folio] >= fee]
    return enough[0] if enough else max(free, key=lambda folio: left[folio], default=own)


def _own(stay: Stay, left: dict[Folio, Decimal]) -> set[Folio]:
    return {folio for folio in left if folio is stay.folio}


def _take(left: dict[Folio, Decimal], folios: set[Folio], amount: Decimal) -> Decimal:
    taken = ZERO
    for folio in sorted(folios, key=lambda each: each.pk or 0):
        part = min(left[folio], amount - taken)
        left[folio] -= part
        taken += part
    return taken
