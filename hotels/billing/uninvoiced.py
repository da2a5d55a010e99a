"""Charges on no document, of completed folios and of open ones that no room will use.

Each folio comes with the reason, its age and the amount.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F, Q

from hotels import money
from hotels.billing.assessment import Assessment, FolioState, Reason, assess
from hotels.billing.completed_folios import has_open_charges, read_folios
from hotels.billing.left_open import left_open
from hotels.billing.tax_rounding import TaxRule
from hotels.models import Folio
from hotels.models.currencies import CurrencyMismatch
from hotels.models.scoping import HotelScopedQuerySet


@dataclass(frozen=True, kw_only=True)
class UninvoicedFolio:
    """A folio with open charges, completed or left open.

    `amount` is the total of those in `currency`, the folio's, and `proposed_credit` that of a
    proposed credit note, or zero. `since` is the date from which they could have been invoiced: the
    day the folio was completed, or the business date of the first open charge if that is later or
    the folio is open.
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
    """Completed folios with open charges, the earliest completed first, then those left open.

    Nothing else would report an open folio that no room will use: only completed ones are invoiced.
    `hotel_ids` limits them to these hotels; None means all hotels.
    """
    rows = Folio.objects.filter(
        has_open_charges(), Q(status=Folio.Status.COMPLETED) | left_open()
    ).select_related("hotel", "booking", "payer")
    if hotel_ids is not None:
        rows = rows.filter(hotel__in=hotel_ids)
    return rows.order_by(F("completed_at").asc(nulls_last=True), "pk")


def explain(folios: Sequence[Folio], *, now: datetime) -> list[UninvoicedFolio]:
    """Reason, age and amount of each folio, in four queries; folios must come with their hotel."""
    known = read_folios([folio.pk for folio in folios])
    return [_explained(folio, known[folio.pk].state, now=now) for folio in folios]


def _explained(folio: Folio, state: FolioState, *, now: datetime) -> UninvoicedFolio:
    hotel = folio.hotel
    try:
        assessment = _assessed(folio, state)
        explanation = assessment.text(currency=folio.currency) or str(Reason.READY.label)
    except (ValueError, CurrencyMismatch) as error:
        assessment = Assessment(reason=Reason.UNREADABLE)
        explanation = f"{Reason.UNREADABLE.label} ({error})"
    today = hotel.business_date(now)
    since = _since(folio, state, today=today)
    return UninvoicedFolio(
        folio=folio,
        reason=assessment.reason or Reason.READY,
        explanation=explanation,
        amount=sum((x.gross for x in state.lines if x.currency == folio.currency), money.ZERO),
        proposed_credit=assessment.credit,
        currency=folio.currency,
        since=since,
        days=max((today - since).days, 0),
    )


def _assessed(folio: Folio, state: FolioState) -> Assessment:
    if folio.status == Folio.Status.OPEN:
        return Assessment(reason=Reason.LEFT_OPEN)
    return assess(state, currency=folio.currency, rule=TaxRule.of(folio.hotel))


def _since(folio: Folio, state: FolioState, *, today: date) -> date:
    charged = [line.business_date for line in state.lines]
    if folio.completed_at is None:
        return min(charged, default=today)
    completed = folio.hotel.business_date(folio.completed_at)
    return max(completed, min(charged, default=completed))
