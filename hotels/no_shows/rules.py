"""The rules of domain.md, section 3, as arithmetic: deadline, activity, fee, decision.

Nothing here reads the database or the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hotels import money
from hotels.calendar import ONE_DAY, instant
from hotels.no_show_terms import NoShowTerms

ETA_GRACE = timedelta(hours=2)

RELEASE = "release-not-guaranteed"
NO_SHOW = "no-show-guaranteed"
REVIEW = "review-others-in-house"


@dataclass(frozen=True, kw_only=True)
class Activity:
    """What is known of a room of a booking that may keep it from being a no-show.

    A deposit and an online check-in are not listed: they are no activity.
    """

    checked_in_at: datetime | None = None
    key_issued_at: datetime | None = None
    charged: bool = False
    staff_hold: bool = False
    eta: datetime | None = None

    def in_words(self, *, now: datetime) -> str:
        """Why the room is left alone; empty when nothing speaks for it."""
        if self.checked_in_at is not None:
            return "the guest has checked in"
        if self.key_issued_at is not None:
            return "a key was issued"
        if self.charged:
            return "a charge of the stay is on the folio"
        if self.staff_hold:
            return "the front desk holds the room"
        if self.eta is not None and self.eta + ETA_GRACE > now:
            return "the guest announced a later arrival"
        return ""


def deadline(
    *, terms: NoShowTerms, arrival: date, booked_at: datetime, day_close: time, zone: ZoneInfo
) -> datetime:
    """The instant from which a room counts as not arrived.

    Not guaranteed: release time of the arrival day; guaranteed: day close of the next. The arrival
    day is a business day, so a release time up to day close falls on the following date. A booking
    made after its deadline has the grace period instead, from when it was made.
    """
    if terms.guaranteed:
        day, at = arrival + ONE_DAY, day_close
    else:
        at = terms.release_time
        day = arrival if at > day_close else arrival + ONE_DAY
    due = instant(day=day, at=at, zone=zone, later=True)
    return booked_at + timedelta(minutes=terms.grace_minutes) if booked_at >= due else due


def fee(*, terms: NoShowTerms, prices: Sequence[Decimal], currency: str) -> Decimal:
    """What not showing up costs under the terms agreed.

    `prices` are the agreed nightly prices in date order, without extras; day use has none. At most
    their sum, except a fixed amount, which is due as agreed; never below zero.
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
    """The sum of the first nights; of a count such as 1.5, half of the second."""
    whole = min(int(count), len(prices))
    part = prices[whole] * (count - whole) if whole < len(prices) else money.ZERO
    return sum(prices[:whole], money.ZERO) + part


def charge(
    *, amount: Decimal, terms: NoShowTerms, rate: Decimal, included: bool, currency: str
) -> money.TaxSplit:
    """A fee with its tax: at the accommodation `rate` where the policy is taxed, else without.

    `included` says whether the hotel's prices, hence the fee reckoned from them, hold the tax.
    """
    if not terms.taxed:
        return money.split_gross(amount, rate=money.ZERO, currency=currency)
    take_apart = money.split_gross if included else money.add_tax
    return take_apart(amount, rate=rate, currency=currency)


def fee_in_words(*, terms: NoShowTerms) -> str:
    """How the fee is reckoned: `1 night`, `50 % of the stay`."""
    value = f"{terms.penalty_value.normalize():f}"
    match terms.penalty_type:
        case "NIGHTS":
            return "1 night" if value == "1" else f"{value} nights"
        case "PERCENT":
            return f"{value} % of the stay"
        case "FULL_STAY":
            return "the whole stay"
        case "FIXED":
            return "a fixed amount"
    return "no fee"
