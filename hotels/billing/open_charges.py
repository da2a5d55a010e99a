"""Charges and the document that carries them: a charge is on one invoice or credit note at most.

`FolioLine.document` names that document. A charge without a document that was not settled is open.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db.models import OuterRef, Q, Subquery

from hotels.models import Folio, FolioLine, Invoice, InvoiceLine
from hotels.models.scoping import HotelScopedQuerySet

# The condition of the index `folio_line_open`.
OPEN = Q(document__isnull=True, settled_at__isnull=True)


class AlreadyOnDocument(Exception):
    """A charge is on another document already, so a second one must not carry it."""


def open_charges() -> HotelScopedQuerySet[FolioLine]:
    """The charges that are on no document and were not settled, of all hotels."""
    return FolioLine.objects.filter(OPEN)


def put_on_invoices(*, invoices: Sequence[Invoice], charges: int) -> None:
    """Link the charges on new invoices to them, in one statement; `charges` is their number.

    The invoices have consecutive numbers of one series. Raises AlreadyOnDocument when a charge is
    on another document.
    """
    if not charges:
        return
    first, last = invoices[0], invoices[-1]
    new = InvoiceLine.objects.filter(
        invoice__hotel=first.hotel_id,
        invoice__kind=first.kind,
        invoice__year=first.year,
        invoice__sequence__range=(first.sequence, last.sequence),
        folio_line__isnull=False,
    )
    carrier = new.filter(folio_line=OuterRef("pk")).values("invoice")[:1]
    linked = FolioLine.objects.filter(
        pk__in=new.values("folio_line"), document__isnull=True
    ).update(document=Subquery(carrier), settled_at=None)
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


def settle(*, charges: Iterable[FolioLine], folios_without: Iterable[Folio], now: datetime) -> None:
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
