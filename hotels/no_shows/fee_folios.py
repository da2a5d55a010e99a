"""The folio on which each no-show fee is charged: the one with the deposit that pays it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from hotels import money
from hotels.models import Folio
from hotels.no_shows.deposits import FolioFunds
from hotels.no_shows.verdicts import ROOM_STATUS, Verdict


@dataclass(frozen=True, kw_only=True)
class FeeFolio:
    """The folio of a room that is charged or released, with its fee and deposit.

    `folio` is an existing open folio; if it is None and there is a fee, a new folio gets `number`.
    `left` is the room's own folio if the room moves away from it. `note` says which deposit of the
    booking was not used; it is empty if there is none.
    """

    folio: Folio | None
    number: int
    left: Folio | None = None
    note: str = ""


def choose_folios(*, decisions: Sequence[Verdict]) -> dict[int, FeeFolio]:
    """The folio of each room to be charged or released, by the key of the room.

    A room keeps its open folio if anything was charged or paid on it. Otherwise it takes an open
    folio of the booking with a deposit that no remaining room uses: the first that pays the whole
    fee, else the one with the largest amount. No deposit pays two fees.
    """
    leaving = [d for d in decisions if d.outcome in ROOM_STATUS]
    numbers = _free_numbers(leaving)
    going = {d.candidate.room.pk for d in leaving}
    left = {each.folio.pk: each.unspent for d in leaving for each in d.candidate.funds if each.open}
    chosen: dict[int, FeeFolio] = {}
    unpaid: dict[int, Decimal] = defaultdict(Decimal)
    # Rooms that only a deposit guarantees come first: others are charged in any case.
    for d in sorted(leaving, key=lambda d: (not d.by_deposit, d.candidate.room.pk)):
        room, own = d.candidate.room, _own(d)
        funds = _choose(d, left=left, going=going)
        folio = funds.folio if funds else None
        if folio is not None:
            paid = min(left[folio.pk], d.fee.gross)
            left[folio.pk] -= paid
            unpaid[room.booking_id] += d.fee.gross - paid
        else:
            unpaid[room.booking_id] += d.fee.gross
        moved = own is not None and own.folio != folio
        chosen[room.pk] = FeeFolio(
            folio=folio,
            number=numbers[room.pk],
            left=own.folio if own is not None and moved else None,
        )
    notes = _notes(leaving, chosen, left=left, unpaid=unpaid, going=going)
    return {pk: replace(folio, note=notes.get(pk, "")) for pk, folio in chosen.items()}


def _choose(
    decision: Verdict, *, left: Mapping[int, Decimal], going: Collection[int]
) -> FolioFunds | None:
    own = _own(decision)
    if own is not None and not own.untouched:
        return own
    folios = [each for each in decision.candidate.funds if each.open]
    free = [each for each in folios if left[each.folio.pk] > 0 and each.users <= set(going)]
    enough = [each for each in free if left[each.folio.pk] >= decision.fee.gross]
    if enough:
        return enough[0]
    return max(free, key=lambda each: left[each.folio.pk], default=own)


def _own(decision: Verdict) -> FolioFunds | None:
    """The room's own folio, if it is open."""
    room = decision.candidate.room
    folios = (each for each in decision.candidate.funds if each.open)
    return next((each for each in folios if each.folio.pk == room.folio_id), None)


def _notes(
    leaving: Sequence[Verdict],
    chosen: Mapping[int, FeeFolio],
    *,
    left: Mapping[int, Decimal],
    unpaid: Mapping[int, Decimal],
    going: Collection[int],
) -> dict[int, str]:
    """A sentence on the last room of each booking about its deposits that pay for nothing.

    These are deposits on folios that no room uses any more, and, if a fee is not paid, deposits of
    other rooms. What is left on a chosen folio is reported when the folio is settled.
    """
    used = {each.folio.pk for each in chosen.values() if each.folio is not None}
    last = {d.candidate.room.booking_id: d for d in leaving}
    notes: dict[int, str] = {}
    for booking_id, decision in last.items():
        idle = [
            (each.folio, left.get(each.folio.pk, each.unspent))
            for each in decision.candidate.funds
            if each.folio.pk not in used and (unpaid[booking_id] > 0 or each.users <= set(going))
        ]
        parts = [
            f"{money.amount_in_english(amount, currency=folio.currency)} on folio {folio}"
            for folio, amount in idle
            if amount > 0
        ]
        if parts:
            notes[decision.candidate.room.pk] = (
                f"Not used of the deposits of the booking: {', '.join(parts)}. "
                "Please move or refund it."
            )
    return notes


def _free_numbers(decisions: Iterable[Verdict]) -> dict[int, int]:
    """A free folio number in its booking for each room that may need a folio, by its key."""
    taken: dict[int, int] = {}
    numbers: dict[int, int] = {}
    for candidate in (decision.candidate for decision in decisions):
        booking = candidate.room.booking_id
        taken[booking] = taken.get(booking, candidate.highest_folio_number) + 1
        numbers[candidate.room.pk] = taken[booking]
    return numbers
