"""No-show rules of domain.md, section 3: deadline, activity, fee and tax.

Pure functions: nothing here reads the database or the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hotels import money
from hotels.calendar import ONE_DAY, local_instant
from hotels.no_show_terms import NoShowTerms

ETA_GRACE = timedelta(hours=2)

RELEASE = "release-not-guaranteed"
LAPSED = "release-tentative"
NO_SHOW = "no-show-guaranteed"
NO_SHOW_DEPOSIT = "no-show-guaranteed-by-deposit"
REVIEW = "review-others-in-house"
REVIEW_DEPARTED = "review-departure-passed"
CHARGED = "charged-by-decision"
RELEASED = "released-by-decision"


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Signs that the guest of a booked room has arrived or is about to.

    A deposit and an online check-in are deliberately missing: they do not prevent a no-show.
    """

    checked_in_at: datetime | None = None
    key_issued_at: datetime | None = None
    charged: bool = False
    staff_hold: bool = False
    eta: datetime | None = None

    def reason_to_skip(self, *, now: datetime) -> str:
        """The reason why the room is not a no-show, in English; empty when there is none."""
        if self.checked_in_at is not None:
            return "the guest has checked in"
        if self.key_issued_at is not None:
            return "a key was issued"
        if self.charged:
            return "the folio has charges of the stay"
        if self.staff_hold:
            return "the front desk is holding the room"
        if self.eta is not None and self.eta + ETA_GRACE > now:
            return "the guest is expected later"
        return ""


def deadline(
    *, terms: NoShowTerms, arrival: date, booked_at: datetime, day_close: time, zone: ZoneInfo
) -> datetime:
    """The instant from which a room counts as not arrived.

    Not guaranteed: the release time on the arrival day. Guaranteed: the day close after it. The
    arrival day is a business day, so a release time up to day close falls on the following date.
    It is never less than the grace period after the time of booking.
    """
    if terms.guaranteed:
        day, at = arrival + ONE_DAY, day_close
    else:
        at = terms.release_time
        day = arrival if at > day_close else arrival + ONE_DAY
    due = local_instant(day=day, at=at, zone=zone, later=True)
    return max(due, booked_at + timedelta(minutes=terms.grace_minutes))


def fee(*, terms: NoShowTerms, prices: Sequence[Decimal], currency: str) -> Decimal:
    """The no-show fee under the agreed terms.

    `prices` are the agreed nightly prices in date order, or the one price of a day-use stay; extras
    do not count. The fee is at most their sum, except a fixed amount, which is due as agreed. It is
    never negative.
    """
    whole = money.total(prices, currency=currency)
    value = max(terms.penalty_value, money.ZERO)
    match terms.penalty_type:
        case "FIXED":
            return money.round_money(value, currency=currency)
        case "NIGHTS":
            amount = money.round_money(_first_nights(prices, count=value), currency=currency)
        case "PERCENT":
            amount = money.percent_of(sum(prices, money.ZERO), percent=value, currency=currency)
        case "FULL_STAY":
            amount = whole
        case _:
            amount = money.ZERO
    return money.round_money(max(min(amount, whole), money.ZERO), currency=currency)


def _first_nights(prices: Sequence[Decimal], *, count: Decimal) -> Decimal:
    """The sum of the first `count` nights; 1.5 is the first night and half of the second."""
    whole = min(int(count), len(prices))
    part = prices[whole] * (count - whole) if whole < len(prices) else money.ZERO
    return sum(prices[:whole], money.ZERO) + part


def charge(
    *, amount: Decimal, terms: NoShowTerms, rate: Decimal, included: bool, currency: str
) -> money.TaxSplit:
    """A fee with its tax: at the accommodation `rate` if the policy is taxed, else without tax.

    `included` is true if the hotel's prices, and so the fee calculated from them, include tax.
    """
    if not terms.taxed:
        return money.split_gross(amount, rate=money.ZERO, currency=currency)
    split = money.split_gross if included else money.add_tax
    return split(amount, rate=rate, currency=currency)


def fee_basis(*, terms: NoShowTerms, day_use: bool = False) -> str:
    """The basis of the fee, in English: `1 night`, `50 % of the stay`, `the day-use price`."""
    value = f"{terms.penalty_value.normalize():f}"
    match terms.penalty_type:
        case "NIGHTS" if day_use:
            return "the day-use price" if terms.penalty_value >= 1 else f"{value} × day-use price"
        case "NIGHTS":
            return "1 night" if value == "1" else f"{value} nights"
        case "PERCENT":
            return f"{value} % of the stay"
        case "FULL_STAY":
            return "the whole stay"
        case "FIXED":
            return "a fixed amount"
    return "no fee"
