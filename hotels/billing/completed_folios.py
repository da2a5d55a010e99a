"""Completed folios with charges that are on no document, and what is known of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q

from hotels.billing.assessment import FolioState
from hotels.billing.currencies import receipts_by_currency
from hotels.billing.open_charges import open_charges
from hotels.billing.tax_rounding import TaxRule
from hotels.models import BookingRoom, Folio, FolioLine, Invoice
from hotels.models.scoping import HotelScopedQuerySet

Status = BookingRoom.Status
TO_ARRIVE = (Status.TENTATIVE, Status.CONFIRMED)


@dataclass(frozen=True, kw_only=True)
class KnownFolio:
    """State of a folio, its live invoices, the first one first, and receipts by currency."""

    state: FolioState
    receipts: Mapping[str, Decimal]
    invoices: tuple[Invoice, ...]


def with_open_charges() -> HotelScopedQuerySet[Folio]:
    """Completed folios with open charges, of all hotels and of any age."""
    return Folio.objects.filter(_has_open_charges(), status=Folio.Status.COMPLETED)


def to_assess() -> HotelScopedQuerySet[Folio]:
    """Completed folios with open charges, and those found for the first time to have no charges."""
    empty = Q(settled_at=None) & ~Exists(FolioLine.objects.filter(folio=OuterRef("pk")))
    return Folio.objects.filter(Q(_has_open_charges()) | empty, status=Folio.Status.COMPLETED)


def read_folios(
    keys: Collection[int], *, rows: HotelScopedQuerySet[Folio] | None = None
) -> dict[int, KnownFolio]:
    """The folios with these keys, in four queries.

    `rows` are the same folios, or more, as a query: for more keys than a statement can have.
    """
    among: Any = keys if rows is None else rows
    lines: dict[int, list[FolioLine]] = defaultdict(list)
    charges = open_charges().filter(folio__in=among).select_related("booking_room")
    # The terms are long, and only the departure of a room is needed.
    charges = charges.defer("booking_room__no_show_terms")
    for line in charges.order_by("business_date", "pk"):
        lines[line.folio_id].append(line)
    invoices: dict[int, list[Invoice]] = defaultdict(list)
    live = Invoice.objects.filter(folio__in=among, kind=Invoice.Kind.INVOICE, live=True)
    for invoice in live.order_by("pk"):
        invoices[invoice.folio_id].append(invoice)
    rooms = BookingRoom.objects.filter(folio__in=among, status__in=(Status.CHECKED_IN, *TO_ARRIVE))
    statuses: dict[int, set[str]] = defaultdict(set)
    for folio, status in rooms.values_list("folio_id", "status"):
        statuses[folio].add(status)
    receipts = receipts_by_currency(folios=among)
    return {
        key: KnownFolio(
            state=FolioState(
                lines=tuple(lines[key]),
                paid_in=frozenset(receipts[key]),
                credit_rule=TaxRule.of_invoice(invoices[key][-1]) if invoices[key] else None,
                in_house=Status.CHECKED_IN in statuses[key],
                to_arrive=not statuses[key].isdisjoint(TO_ARRIVE),
            ),
            receipts=receipts[key],
            invoices=tuple(invoices[key]),
        )
        for key in keys
    }


def _has_open_charges() -> Exists:
    return Exists(open_charges().filter(folio=OuterRef("pk")))
