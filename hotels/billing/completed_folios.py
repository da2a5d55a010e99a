"""Folios with charges that are on no document, and what is known of the completed ones."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef

from hotels.billing.assessment import FolioState
from hotels.billing.currencies import receipts_by_currency
from hotels.billing.open_charges import OpenCharge, open_charges, read_open_charges
from hotels.billing.tax_rounding import TaxRule
from hotels.models import BookingRoom, Folio, Hotel, Invoice
from hotels.models.scoping import HotelScopedQuerySet
from hotels.prepared import Among, CompiledQuery, prepared_cursor

Status = BookingRoom.Status
TO_ARRIVE = (Status.TENTATIVE, Status.CONFIRMED)
_HAS_OPEN_CHARGE = """(SELECT 1 FROM hotels_folioline line WHERE line.folio_id = folio.id
    AND line.document_id IS NULL AND line.settled_at IS NULL LIMIT 1) IS NOT NULL"""
# Subqueries for one row, not EXISTS: for that PostgreSQL would read the charges of all hotels.
_FOUND = f"""
    SELECT id, status FROM hotels_folio folio
    WHERE hotel_id = %s AND status = 'COMPLETED' AND (
        {_HAS_OPEN_CHARGE}
        OR settled_at IS NULL
        AND (SELECT 1 FROM hotels_folioline line WHERE line.folio_id = folio.id LIMIT 1) IS NULL
    )
    UNION ALL
    SELECT id, status FROM hotels_folio folio
    WHERE hotel_id = %s AND status = 'OPEN' AND {_HAS_OPEN_CHARGE}
        AND (SELECT 1 FROM hotels_bookingroom room WHERE room.folio_id = folio.id
            AND room.status IN ('TENTATIVE', 'CONFIRMED', 'CHECKED_IN') LIMIT 1) IS NULL
"""  # noqa: S608  made of constants

_LIVE_ROOMS = CompiledQuery(
    lambda: (
        BookingRoom.objects.filter(
            Among("folio", keys="folios"), status__in=(Status.CHECKED_IN, *TO_ARRIVE)
        )
        .order_by()
        .values_list("folio_id", "status")
    )
)


@dataclass(frozen=True, kw_only=True)
class KnownFolio:
    """State of a folio, its live invoices, the first one first, and receipts by currency.

    `has_invoices` is true if it has any invoice, also one that is not live.
    """

    state: FolioState
    receipts: Mapping[str, Decimal]
    invoices: tuple[Invoice, ...]
    has_invoices: bool


def with_open_charges() -> HotelScopedQuerySet[Folio]:
    """Completed folios with open charges, of all hotels and of any age."""
    return Folio.objects.filter(has_open_charges(), status=Folio.Status.COMPLETED)


@dataclass(frozen=True, kw_only=True)
class FoundFolios:
    """Keys of folios: those to assess, and the open ones with charges that no room is charged to.

    Those to assess are completed, with open charges, or found for the first time without any.
    """

    to_assess: frozenset[int]
    without_room: frozenset[int]


def find_folios(*, hotel: Hotel) -> FoundFolios:
    """The folios of a hotel that are to be invoiced or reported, of any age, in one query."""
    with prepared_cursor() as cursor:
        cursor.execute(_FOUND, [hotel.pk, hotel.pk])
        found = cursor.fetchall()
    completed = Folio.Status.COMPLETED
    return FoundFolios(
        to_assess=frozenset(key for key, status in found if status == completed),
        without_room=frozenset(key for key, status in found if status != completed),
    )


def read_folios(keys: Collection[int]) -> dict[int, KnownFolio]:
    """The folios with these keys, in four queries; a thousand of them at most."""
    lines: dict[int, list[OpenCharge]] = defaultdict(list)
    for line in read_open_charges(folios=keys):
        lines[line.folio_id].append(line)
    invoices: dict[int, list[Invoice]] = defaultdict(list)
    issued = Invoice.objects.filter(folio__in=keys, kind=Invoice.Kind.INVOICE)
    for invoice in issued.order_by("pk"):
        invoices[invoice.folio_id].append(invoice)
    statuses: dict[int, set[str]] = defaultdict(set)
    for folio, status in _LIVE_ROOMS.rows(folios=keys):
        statuses[folio].add(status)
    receipts = receipts_by_currency(folios=keys)
    return {
        key: _known(
            lines=tuple(lines[key]),
            invoices=invoices[key],
            statuses=statuses[key],
            receipts=receipts[key],
        )
        for key in keys
    }


def _known(
    *,
    lines: tuple[OpenCharge, ...],
    invoices: Collection[Invoice],
    statuses: Collection[str],
    receipts: Mapping[str, Decimal],
) -> KnownFolio:
    live = tuple(invoice for invoice in invoices if invoice.live)
    return KnownFolio(
        state=FolioState(
            lines=lines,
            paid_in=frozenset(receipts),
            credit_rule=TaxRule.of_invoice(live[-1]) if live else None,
            in_house=Status.CHECKED_IN in statuses,
            to_arrive=any(status in statuses for status in TO_ARRIVE),
        ),
        receipts=receipts,
        invoices=live,
        has_invoices=bool(invoices),
    )


def has_open_charges() -> Exists:
    """Condition of folios with charges that are on no document and were not settled."""
    return Exists(open_charges().filter(folio=OuterRef("pk")))
