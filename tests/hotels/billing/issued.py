"""Folios and their invoices, for the billing tests."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from hotels import money
from hotels.billing.issuing import issue_invoices
from hotels.models import Folio, FolioLine, Hotel, Invoice
from tests.factories import BookingFactory, FolioFactory, FolioLineFactory

CHECKED_OUT = datetime(2026, 7, 14, 10, 45, tzinfo=UTC)
NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


def completed(hotel: Hotel, *grosses: Decimal | int | str, **fields: Any) -> Folio:
    """A completed folio with a line of each amount, tax included at `rate` percent."""
    rate = Decimal(fields.pop("rate", 0))
    fields.setdefault("completed_at", CHECKED_OUT)
    fields.setdefault("booking", BookingFactory(hotel=hotel))
    folio = FolioFactory(status=Folio.Status.COMPLETED, **fields)
    for gross in grosses:
        charge(folio, gross, rate=rate)
    return folio


def charge(folio: Folio, gross: Decimal | int | str, *, rate: Any = 0, **fields: Any) -> FolioLine:
    """A line of that amount, tax included."""
    parts = money.split_gross(
        Decimal(gross), rate=Decimal(rate), currency=folio.booking.hotel.currency
    )
    return FolioLineFactory(
        folio=folio,
        tax_rate=Decimal(rate),
        net=parts.net,
        tax=parts.tax,
        gross=parts.gross,
        **{"business_date": date(2026, 7, 13)} | fields,
    )


def reversal_line_of(line: FolioLine) -> FolioLine:
    """The line that reverses another."""
    return FolioLineFactory(
        folio=line.folio,
        tax_rate=line.tax_rate,
        net=-line.net,
        tax=-line.tax,
        gross=-line.gross,
        reverses=line,
    )


def invoice_of(folio: Folio, *, now: datetime = NOW) -> Invoice:
    """The invoice of a folio; the hotel's other completed folios are invoiced too."""
    with transaction.atomic():
        issue_invoices(hotel=Hotel.objects.get(pk=folio.hotel_id), now=now)
    return Invoice.objects.get(folio=folio, kind="INVOICE", live=True)
