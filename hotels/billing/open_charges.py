"""Charges and the document that carries them: a charge is on one invoice or credit note at most.

`FolioLine.document` names that document. A charge without a document that was not settled is open.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q

from hotels.models import Folio, FolioLine, Invoice
from hotels.models.scoping import HotelScopedQuerySet
from hotels.prepared import Among, CompiledQuery, prepared_cursor

# The condition of the index `folio_line_open`.
OPEN = Q(document__isnull=True, settled_at__isnull=True)
_PUT_ON_INVOICES = """
    UPDATE "hotels_folioline" SET document_id = carried.invoice_id, settled_at = NULL
    FROM (
        SELECT line.invoice_id, line.folio_line_id
        FROM hotels_invoice invoice JOIN hotels_invoiceline line ON line.invoice_id = invoice.id
        WHERE invoice.hotel_id = %s AND invoice.kind = %s AND invoice.year = %s
            AND invoice.sequence BETWEEN %s AND %s
    ) AS carried
    WHERE "hotels_folioline".id = carried.folio_line_id
        AND "hotels_folioline".document_id IS NULL
"""


class ChargedRoom(NamedTuple):
    """The reserved room of a charge."""

    departure_date: date


class OpenCharge(NamedTuple):
    """A charge that is on no document, as far as documents need it; the names of `FolioLine`."""

    pk: int
    folio_id: int
    business_date: date
    category: str
    description: str
    phrase: Mapping[str, Any]
    quantity: Decimal
    tax_rate: Decimal
    zero_tax_reason: str
    currency: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    reverses_id: int | None
    booking_room: ChargedRoom | None

    def __str__(self) -> str:
        return self.description


_OPEN_CHARGES = CompiledQuery(
    lambda: (
        FolioLine.objects.filter(OPEN, Among("folio", keys="folios"))
        .order_by("business_date", "pk")
        .values_list(*OpenCharge._fields[:-1], "booking_room__departure_date")
    )
)

_CHARGES = CompiledQuery(
    lambda: (
        FolioLine.objects.filter(Among("folio", keys="folios"))
        .order_by("business_date", "pk")
        .values_list(*OpenCharge._fields[:-1], "document_id", "settled_at")
    )
)


class AlreadyOnDocument(Exception):
    """A charge is on another document already, so a second one must not carry it."""


def open_charges() -> HotelScopedQuerySet[FolioLine]:
    """The charges that are on no document and were not settled, of all hotels."""
    return FolioLine.objects.filter(OPEN)


def read_open_charges(*, folios: Collection[int]) -> list[OpenCharge]:
    """The open charges of the folios with these keys, by business date, in one query."""
    return [
        OpenCharge._make((*values, None if departure is None else ChargedRoom(departure)))
        for *values, departure in _OPEN_CHARGES.rows(folios=folios)
    ]


def read_charges(*, folios: Collection[int]) -> list[tuple[OpenCharge, bool]]:
    """All charges of the folios with these keys, without their rooms, and whether each is open.

    By business date, in one query.
    """
    return [
        (OpenCharge._make((*values, None)), document is None and settled_at is None)
        for *values, document, settled_at in _CHARGES.rows(folios=folios)
    ]


def put_on_invoices(*, invoices: Sequence[Invoice], charges: int) -> None:
    """Link the charges on new invoices to them, in one statement; `charges` is their number.

    The invoices have consecutive numbers of one series. Raises AlreadyOnDocument when a charge is
    on another document.
    """
    if not charges:
        return
    first, last = invoices[0], invoices[-1]
    series = (first.hotel_id, str(first.kind), first.year, first.sequence, last.sequence)
    with prepared_cursor() as cursor:
        cursor.execute(_PUT_ON_INVOICES, series)
        linked = cursor.rowcount
    _check(linked, charges)


def put_on_credit_note(*, note: Invoice, charges: Collection[int]) -> None:
    """Link the charges with these keys to a new credit note.

    Raises AlreadyOnDocument when one of them is on another document.
    """
    linked = FolioLine.objects.filter(pk__in=charges, document__isnull=True).update(
        document=note, settled_at=None
    )
    _check(linked, len(charges))


def reopen_charges(*, invoice: Invoice) -> None:
    """Open the charges of an invoice and of its credit notes again, to be invoiced again."""
    carried = Q(document=invoice) | Q(document__corrects=invoice)
    keys = FolioLine.objects.filter(carried).values_list("pk", flat=True)
    FolioLine.objects.filter(pk__in=list(keys)).update(document=None)


def settle(
    *, charges: Iterable[OpenCharge], folios_without: Iterable[Folio], now: datetime
) -> None:
    """Settle charges that total zero, and completed folios without charges, at `now`."""
    keys = [charge.pk for charge in charges]
    if keys:
        open_charges().filter(pk__in=keys).update(settled_at=now)
    ids = [folio.pk for folio in folios_without]
    if ids:
        Folio.objects.filter(pk__in=ids).update(settled_at=now)


def _check(linked: int, expected: int) -> None:
    if linked != expected:
        count = expected - linked
        charges = "charge is" if count == 1 else "charges are"
        raise AlreadyOnDocument(f"{count} {charges} on another document already")
