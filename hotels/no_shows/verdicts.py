"""The no-show decision for one room past its deadline, with its reason in English."""

from dataclasses import dataclass, replace
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

    A room that would be skipped is given to a person once its departure date has passed: no stay
    is open for ever. Raises EarlierFeeNotReversed when an earlier fee for the room was not
    reversed, and ValueError or ArithmeticError when the fee cannot be calculated.
    """
    if candidate.room.status == BookingRoom.Status.TENTATIVE:
        return _lapsed(candidate, hotel)
    last = candidate.last_record
    reason = _reason_to_wait(candidate, hotel=hotel, now=now)
    if last is not None and last.outcome == Outcome.APPLIED and (not reason or candidate.departed):
        raise EarlierFeeNotReversed(
            "an earlier no-show fee is still charged for this room: reinstate that no-show first"
        )
    if reason and candidate.departed and not _waits_for_decision(candidate):
        return _departed(candidate, hotel, reason=reason)
    if reason:
        return UnchangedRoom(candidate=candidate, reason=reason)
    if candidate.in_house:
        return _review(candidate, hotel)
    if not candidate.guaranteed:
        return _release(candidate, hotel)
    try:
        return _no_show(candidate, hotel)
    except (ValueError, ArithmeticError):
        if not candidate.departed:
            raise
        return _departed(candidate, hotel, reason="the no-show fee cannot be calculated")


def charged_by_decision(*, candidate: NoShowCandidate, hotel: Hotel) -> Verdict:
    """The no-show with the agreed fee, as a person decided.

    Raises ValueError or ArithmeticError when the fee cannot be calculated.
    """
    verdict = _no_show(candidate, hotel)
    return replace(
        verdict,
        rule=rules.CHARGED,
        reason=(
            "The guest did not arrive, and it was decided to charge the no-show fee. "
            f"{_fee_in_english(candidate, hotel)}"
        ),
    )


def released_by_decision(*, candidate: NoShowCandidate, hotel: Hotel) -> Verdict:
    """The release without a fee, as a person decided."""
    return replace(
        _release(candidate, hotel),
        rule=rules.RELEASED,
        reason="The guest did not arrive, and it was decided to release the room without a fee.",
    )


def _reason_to_wait(candidate: NoShowCandidate, *, hotel: Hotel, now: datetime) -> str:
    """The reason why nothing is decided about the room, in English; empty when there is none."""
    if reason := candidate.activity.reason_to_skip(now=now):
        return reason
    if candidate.terms is None:
        return "its no-show terms cannot be read"
    if candidate.deadline > now:
        until = _deadline(candidate, hotel)
        if candidate.deposit is not None:
            return f"a deposit guarantees the room until {until}"
        return f"the guest may arrive until {until}"
    if candidate.last_record is not None and _about_this_arrival(candidate):
        return _decided_before(candidate.last_record)
    return ""


def _about_this_arrival(candidate: NoShowCandidate) -> bool:
    """True if the last record was made for the current arrival date and expected arrival."""
    last, room = candidate.last_record, candidate.room
    return last is not None and (last.arrival_date, last.eta) == (room.arrival_date, room.eta)


def _waits_for_decision(candidate: NoShowCandidate) -> bool:
    last = candidate.last_record
    return last is not None and last.outcome == Outcome.REVIEW and _about_this_arrival(candidate)


def _departed(candidate: NoShowCandidate, hotel: Hotel, *, reason: str) -> Verdict:
    departure = formats.date_in_english(candidate.room.departure_date)
    return Verdict(
        candidate=candidate,
        outcome=Outcome.REVIEW,
        rule=rules.REVIEW_DEPARTED,
        reason=(
            f"The departure date, {departure}, has passed and the guest has not checked in. "
            f"The no-show check did not decide because {reason}. Nothing was charged. "
            "Please charge or release the room."
        ),
        fee=_no_fee(candidate),
        tax_rate=money.ZERO,
    )


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
        fee=_no_fee(candidate),
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
        fee=_no_fee(candidate),
        tax_rate=money.ZERO,
    )


def _lapsed(candidate: NoShowCandidate, hotel: Hotel) -> Verdict:
    departure = formats.date_in_english(candidate.room.departure_date)
    return replace(
        _release(candidate, hotel),
        rule=rules.LAPSED,
        reason=(
            f"The booking was tentative and was not confirmed by its departure date, {departure}. "
            "The room was released without a fee."
        ),
    )


def _no_show(candidate: NoShowCandidate, hotel: Hotel) -> Verdict:
    fee = _fee(candidate, hotel)
    guaranteed_by = "guaranteed" if candidate.deposit is None else "guaranteed by a deposit"
    return Verdict(
        candidate=candidate,
        outcome=Outcome.APPLIED,
        rule=rules.NO_SHOW if candidate.deposit is None else rules.NO_SHOW_DEPOSIT,
        reason=(
            f"The booking was {guaranteed_by} and the guest had not checked in by "
            f"{_deadline(candidate, hotel)}. {_fee_in_english(candidate, hotel)}"
        ),
        fee=fee.split,
        tax_rate=fee.tax_rate,
    )


def _fee(candidate: NoShowCandidate, hotel: Hotel) -> AgreedFee:
    return agreed_fee(
        terms=candidate.agreed_terms,
        prices=candidate.prices,
        hotel=hotel,
        currency=candidate.room.booking.currency,
        at_most=candidate.deposit,
    )


def _fee_in_english(candidate: NoShowCandidate, hotel: Hotel) -> str:
    terms, fee = candidate.agreed_terms, _fee(candidate, hotel)
    basis = rules.fee_basis(terms=terms, day_use=candidate.room.day_use)
    limit = " and at most the deposit" if fee.limited else ""
    amount = money.amount_in_english(fee.split.gross, currency=candidate.room.booking.currency)
    return (
        f"The fee is {amount}: "
        f"{basis}, under the policy “{terms.policy}”{limit}.{_missing_price(candidate)}"
    )


def _missing_price(candidate: NoShowCandidate) -> str:
    """A sentence if the fee could not be calculated because no day-use price was agreed."""
    missing = candidate.room.day_use and not candidate.prices
    if missing and candidate.agreed_terms.penalty_type in ("NIGHTS", "PERCENT", "FULL_STAY"):
        return " The booking has no day-use price."
    return ""


def _decided_before(record: NoShowRecord) -> str:
    if record.outcome == Outcome.REVIEW:
        return "a decision is still needed"
    if record.outcome == Outcome.REVERSED:
        return "a manager kept the booking; its arrival date and expected arrival are unchanged"
    return f"it was already decided: {record.get_outcome_display()}"


def _deadline(candidate: NoShowCandidate, hotel: Hotel) -> str:
    return formats.instant_in_english(candidate.deadline, zone=hotel.zone)


def _no_fee(candidate: NoShowCandidate) -> money.TaxSplit:
    zero = money.total((), currency=candidate.room.booking.currency)
    return money.TaxSplit(net=zero, tax=zero, gross=zero)
