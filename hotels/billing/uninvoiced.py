"""Completed folios with charges on no document, each with the reason, its age and the amount."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from hotels import money
from hotels.billing.assessment import Assessment, FolioState, Reason, assess
from hotels.billing.completed_folios import read_folios, with_open_charges
from hotels.billing.tax_rounding import TaxRule
from hotels.models import Folio
from hotels.models.currencies import CurrencyMismatch
from hotels.models.scoping import HotelScopedQuerySet


@dataclass(frozen=True, kw_only=True)
class UninvoicedFolio:
    """A completed folio with open charges.

    `amount` is the total of those in `currency`, the folio's, and `proposed_credit` that of a
    proposed credit note, or zero. `since` is the date from which they could have been invoiced: the
    day the folio was completed, or the business date of the first open charge if that is later.
    `days` is their age. `explanation` is the reason in the active language.
    """

    folio: Folio
    reason: Reason
    explanation: str
    amount: Decimal
    proposed_credit: Decimal
    currency: str
    since: date
    days: int


def uninvoiced_folios(*, hotel_ids: Collection[int] | None) -> HotelScopedQuerySet[Folio]:
    """Completed folios with open charges, the earliest completed first.

    `hotel_ids` limits them to these hotels; None means all hotels.
    """
    rows = with_open_charges().select_related("hotel", "booking", "payer")
    if hotel_ids is not None:
        rows = rows.filter(hotel__in=hotel_ids)
    return rows.order_by("completed_at", "pk")


def explain(folios: Sequence[Folio], *, now: datetime) -> list[UninvoicedFolio]:
    """Reason, age and amount of each folio, in four queries; folios must come with their hotel."""
    known = read_folios([folio.pk for folio in folios])
    return [_explained(folio, known[folio.pk].state, now=now) for folio in folios]


def _explained(folio: Folio, state: FolioState, *, now: datetime) -> UninvoicedFolio:
    hotel = folio.hotel
    try:
        assessment = assess(state, currency=folio.currency, rule=TaxRule.of(hotel))
        explanation = assessment.text(currency=folio.currency) or str(Reason.READY.label)
    except (ValueError, CurrencyMismatch) as error:
        assessment = Assessment(reason=Reason.UNREADABLE)
        explanation = f"{Reason.UNREADABLE.label} ({error})"
    assert folio.completed_at is not None, "a constraint requires it of completed folios"
    completed = hotel.business_date(folio.completed_at)
    since = max(completed, min((line.business_date for line in state.lines), default=completed))
    return UninvoicedFolio(
        folio=folio,
        reason=assessment.reason or Reason.READY,
        explanation=explanation,
        amount=sum((x.gross for x in state.lines if x.currency == folio.currency), money.ZERO),
        proposed_credit=assessment.credit,
        currency=folio.currency,
        since=since,
        days=max((hotel.business_date(now) - since).days, 0),
    )
