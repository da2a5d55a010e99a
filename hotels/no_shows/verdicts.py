"""The no-show decision for one room past its deadline, with its reason in English."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hotels import formats, money
from hotels.models import BookingRoom, Hotel, NoShowRecord
from hotels.no_shows import rules
from hotels.no_shows.candidates import NoShowCandidate
from hotels.no_shows.fees import AgreedFee, agreed_fee

Outcome = NoShowRecord.Outcome
# The status of a room after each outcome that ends its stay.
ROOM_STATUS = {
    Outcome.APPLIED: BookingRoom.Status.NO_SHOW,
    Outcome.RELEASED: BookingRoom.Status.RELEASED,
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The decision to charge or release a room, or to ask the front desk, with its fee and tax."""

    candidate: NoShowCandidate
    outcome: Outcome
    rule: str
    reason: str
    fee: money.TaxSplit
    tax_rate: Decimal

    @property
    def by_deposit(self) -> bool:
        """True if only a deposit guarantees the room."""
        return self.candidate.deposit is not None


@dataclass(frozen=True, kw_only=True)
class UnchangedRoom:
    """A room past its deadline that is skipped, and why."""

    candidate: NoShowCandidate
    reason: str


class EarlierFeeNotReversed(Exception):
    """The room was confirmed again while its earlier no-show fee is still charged."""


def reach_verdict(
    *, candidate: NoShowCandidate, hotel: Hotel, now: datetime
) -> Verdict | UnchangedRoom:
    """Decide about one room (domain rule 3).

    Raises EarlierFeeNotReversed when an earlier fee for the room was not reversed, and ValueError
    when the fee cannot be calculated.
    """
    if reason := candidate.activity.reason_to_skip(now=now):
        return UnchangedRoom(candidate=candidate, reason=reason)
    if candidate.deadline > now:
        reason = f"a deposit guarantees the room until {_deadline(candidate, hotel)}"
        return UnchangedRoom(candidate=candidate, reason=reason)
    last = candidate.last_record
    if last is not None and (last.arrival_date, last.eta) == (
        candidate.room.arrival_date,
        candidate.room.eta,
    ):
        return UnchangedRoom(candidate=candidate, reason=_decided_before(last))
    if last is not None and last.outcome == Outcome.APPLIED:
        raise EarlierFeeNotReversed(
            "an earlier no-show fee is still charged for this room: reinstate that no-show first"
        )
    if candidate.in_house:
        return _review(candidate, hotel)
    return _no_show(candidate, hotel) if candidate.guaranteed else _release(candidate, hotel)


def _review(candidate: NoShowCandidate, hotel: Hotel) -> Verdict:
    others = ", ".join(str(room) for room in candidate.in_house)
    return Verdict(
        candidate=candidate,
        outcome=Outcome.REVIEW,
        rule=rules.REVIEW,
        reason=(
            f"The guest had not checked in by {_deadline(candidate, hotel)}, but other guests of "
            f"the booking are in house ({others}). Nothing was charged. Please decide."
        ),
        fee=_no_fee(hotel),
        tax_rate=money.ZERO,
    )


def _release(candidate: NoShowCandidate, hotel: Hotel) -> Verdict:
    return Verdict(
        candidate=candidate,
        outcome=Outcome.RELEASED,
        rule=rules.RELEASE,
        reason=(
            "The booking was not guaranteed and the guest had not checked in by "
            f"{_deadline(candidate, hotel)}. The room was released without a fee."
        ),
        fee=_no_fee(hotel),
        tax_rate=money.ZERO,
    )


def _no_show(candidate: NoShowCandidate, hotel: Hotel) -> Verdict:
    fee = agreed_fee(
        terms=candidate.terms, prices=candidate.prices, hotel=hotel, at_most=candidate.deposit
    )
    guaranteed_by = "guaranteed" if candidate.deposit is None else "guaranteed by a deposit"
    return Verdict(
        candidate=candidate,
        outcome=Outcome.APPLIED,
        rule=rules.NO_SHOW if candidate.deposit is None else rules.NO_SHOW_DEPOSIT,
        reason=(
            f"The booking was {guaranteed_by} and the guest had not checked in by "
            f"{_deadline(candidate, hotel)}. {_fee_in_english(candidate, fee, hotel=hotel)}"
        ),
        fee=fee.split,
        tax_rate=fee.tax_rate,
    )


def _fee_in_english(candidate: NoShowCandidate, fee: AgreedFee, *, hotel: Hotel) -> str:
    basis = rules.fee_basis(terms=candidate.terms, day_use=candidate.room.day_use)
    limit = " and at most the deposit" if fee.limited else ""
    return (
        f"The fee is {money.amount_in_english(fee.split.gross, currency=hotel.currency)}: "
        f"{basis}, under the policy “{candidate.terms.policy}”{limit}.{_missing_price(candidate)}"
    )


def _missing_price(candidate: NoShowCandidate) -> str:
    """A sentence if the fee could not be calculated because no day-use price was agreed."""
    missing = candidate.room.day_use and not candidate.prices
    if missing and candidate.terms.penalty_type in ("NIGHTS", "PERCENT", "FULL_STAY"):
        return " The booking has no day-use price."
    return ""


def _decided_before(record: NoShowRecord) -> str:
    if record.outcome == Outcome.REVIEW:
        return "a decision is still needed"
    if record.outcome == Outcome.REVERSED:
        return "a manager kept the booking; its arrival date and expected arrival are unchanged"
    return f"already decided: {record.get_outcome_display()}"


def _deadline(candidate: NoShowCandidate, hotel: Hotel) -> str:
    return formats.instant_in_english(candidate.deadline, zone=hotel.zone)


def _no_fee(hotel: Hotel) -> money.TaxSplit:
    zero = money.total((), currency=hotel.currency)
    return money.TaxSplit(net=zero, tax=zero, gross=zero)
