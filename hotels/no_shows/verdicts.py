"""What becomes of one room past its deadline, with the reason in plain words."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hotels import money
from hotels.models import Hotel, NoShowRecord
from hotels.no_shows import rules
from hotels.no_shows.cases import Case

Outcome = NoShowRecord.Outcome
REASON_KEPT = 400


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A room to be charged, released, or laid before a person; `fee` holds its tax."""

    case: Case
    outcome: Outcome
    rule: str
    reason: str
    fee: money.TaxSplit
    tax_rate: Decimal


@dataclass(frozen=True, kw_only=True)
class LeftAlone:
    """A room past its deadline that is not touched, and why."""

    case: Case
    reason: str


class FeeInTheWay(Exception):
    """An earlier fee stands on a room that was confirmed again: reverse its record first."""


def reach_verdict(*, case: Case, hotel: Hotel, now: datetime) -> Verdict | LeftAlone:
    """Judge one room (domain rule 3).

    Raises FeeInTheWay when a fee stands on it already, and what reckoning the fee raises.
    """
    if reason := case.activity.in_words(now=now):
        return LeftAlone(case=case, reason=reason)
    last = case.last_record
    if last is not None and (last.arrival_date, last.eta) == (
        case.room.arrival_date,
        case.room.eta,
    ):
        return LeftAlone(case=case, reason=_decided_before(last))
    if last is not None and last.outcome == Outcome.APPLIED:
        raise FeeInTheWay("it was a no-show before and its fee stands: reinstate that first")
    if case.in_house:
        return _review(case, hotel)
    return _no_show(case, hotel) if case.terms.guaranteed else _release(case, hotel)


def _review(case: Case, hotel: Hotel) -> Verdict:
    others = ", ".join(str(room) for room in case.in_house)
    return Verdict(
        case=case,
        outcome=Outcome.REVIEW,
        rule=rules.REVIEW,
        reason=_cut(
            f"Nobody arrived by {_deadline(case, hotel)}, but others of the booking are in house "
            f"({others}). Nothing was charged: the front desk decides."
        ),
        fee=_nothing(hotel),
        tax_rate=money.ZERO,
    )


def _release(case: Case, hotel: Hotel) -> Verdict:
    return Verdict(
        case=case,
        outcome=Outcome.RELEASED,
        rule=rules.RELEASE,
        reason=_cut(
            f"The booking was not guaranteed and nobody arrived by {_deadline(case, hotel)}. "
            "The room was released without a fee."
        ),
        fee=_nothing(hotel),
        tax_rate=money.ZERO,
    )


def _no_show(case: Case, hotel: Hotel) -> Verdict:
    currency = hotel.currency
    rate = hotel.accommodation_tax_rate if case.terms.taxed else money.ZERO
    fee = rules.charge(
        amount=rules.fee(terms=case.terms, prices=case.prices, currency=currency),
        terms=case.terms,
        rate=rate,
        included=hotel.prices_include_tax,
        currency=currency,
    )
    return Verdict(
        case=case,
        outcome=Outcome.APPLIED,
        rule=rules.NO_SHOW,
        reason=_cut(
            f"The booking was guaranteed and nobody arrived by {_deadline(case, hotel)}. "
            f"The fee is {money.amount_in_english(fee.gross, currency=currency)}: "
            f"{rules.fee_in_words(terms=case.terms)}, by the policy {case.terms.policy}."
        ),
        fee=fee,
        tax_rate=rate,
    )


def _decided_before(record: NoShowRecord) -> str:
    if record.outcome == Outcome.REVIEW:
        return "it waits for the front desk to decide"
    if record.outcome == Outcome.REVERSED:
        return "a person put it back, and arrival and announced arrival are as they were"
    return f"it was decided before ({record.get_outcome_display()})"


def _deadline(case: Case, hotel: Hotel) -> str:
    return f"{case.deadline.astimezone(hotel.zone):%Y-%m-%d %H:%M} ({hotel.timezone})"


def _nothing(hotel: Hotel) -> money.TaxSplit:
    zero = money.total((), currency=hotel.currency)
    return money.TaxSplit(net=zero, tax=zero, gross=zero)


def _cut(text: str) -> str:
    return text if len(text) <= REASON_KEPT else text[: REASON_KEPT - 1] + "…"
