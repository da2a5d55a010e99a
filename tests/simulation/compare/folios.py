"""Compare folios, charges, invoices, credit notes and balances."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from hotels.models import Folio, FolioLine, Invoice, InvoiceLine, InvoiceSeries, InvoiceTax
from tests.simulation.compare.difference import check, paired
from tests.simulation.oracle.amounts import ZERO, Split
from tests.simulation.oracle.books import Document, Line
from tests.simulation.world import World


def money(world: World) -> None:
    """Compare folios, charges and documents."""
    _folios(world)
    _lines(world)
    _documents(world)


def _folios(world: World) -> None:
    keys = list(world.books.bookings)
    rows = list(Folio.objects.filter(booking__in=keys))
    by_booking: dict[int, list[Folio]] = {}
    for row in rows:
        by_booking.setdefault(row.booking_id, []).append(row)
    for booking in world.books.bookings.values():
        found = by_booking.get(booking.pk, [])
        paired(world, booking.reference, booking.folios, found, lambda a, b: a.number == b.number)
        stored = {row.pk: row for row in found}
        for folio in booking.folios:
            row = stored[folio.pk or 0]
            check(
                world,
                folio,
                (folio.status, folio.completed_at, folio.settled),
                (row.status, row.completed_at, row.settled_at is not None),
            )


def _folio_keys(world: World) -> list[int]:
    return [folio.pk for folio in world.books.folios if folio.pk is not None]


def _by_folio(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.folio_id, []).append(row)
    return found


def _lines(world: World) -> None:
    rows = _by_folio(FolioLine.objects.filter(folio__in=_folio_keys(world)).order_by("pk"))
    for folio in world.books.folios:
        found = rows.get(folio.pk or 0, [])
        paired(world, folio, folio.lines, found, _same_line)


def _same_line(line: Line, row: FolioLine) -> bool:
    return (line.category, line.amounts, line.rate, line.day, line.stay and line.stay.pk) == (
        row.category,
        (row.net, row.tax, row.gross),
        row.tax_rate,
        row.business_date,
        row.booking_room_id,
    )


def _documents(world: World) -> None:
    keys = _folio_keys(world)
    rows = _by_folio(Invoice.objects.filter(folio__in=keys).order_by("pk"))
    taxes: dict[int, dict[Decimal, Split]] = {}
    for tax in InvoiceTax.objects.filter(invoice__folio__in=keys):
        taxes.setdefault(tax.invoice_id, {})[tax.rate] = Split(tax.net, tax.tax, tax.gross)
    issued: dict[int, list[InvoiceLine]] = {}
    for item in InvoiceLine.objects.filter(invoice__folio__in=keys):
        issued.setdefault(item.invoice_id, []).append(item)
    charges = FolioLine.objects.filter(folio__in=keys)
    carried = {
        pk: (document, settled is not None)
        for pk, document, settled in charges.values_list("pk", "document", "settled_at")
    }
    for folio in world.books.folios:
        found = rows.get(folio.pk or 0, [])
        paired(world, folio, folio.documents, found, lambda a, b: a.kind == b.kind)
        stored = {row.pk: row for row in found}
        for document in folio.documents:
            row = stored[document.pk or 0]
            check(world, f"{folio} {row.number}", _expected(document), _actual(row, taxes))
            _lines_sum(world, folio, document, issued.get(row.pk, []))
        for line in folio.lines:
            on = line.document.pk if line.document else None
            check(world, folio, (line.pk, on, line.settled), (line.pk, *carried[line.pk or 0]))
        _sums(world, folio)


def _expected(document: Document) -> dict[str, Any]:
    return {
        "issued": document.issued,
        "rates": document.rates,
        "live": document.live,
        "corrects": document.corrects and document.corrects.pk,
        "first": document.first and document.first.pk,
        "balance": document.balance if document.kind == "INVOICE" else ZERO,
        "status": document.status or "NOTHING_DUE",
    }


def _actual(row: Invoice, taxes: dict[int, dict[Decimal, Split]]) -> dict[str, Any]:
    return {
        "issued": row.issue_date,
        "rates": taxes.get(row.pk, {}),
        "live": row.live,
        "corrects": row.corrects_id,
        "first": row.first_invoice_id,
        "balance": row.balance,
        "status": row.payment_status,
    }


def _lines_sum(world: World, folio: object, document: Document, lines: list[InvoiceLine]) -> None:
    """The lines of a document sum to its rates, and each adds up."""
    sums: dict[Decimal, Split] = {}
    for line in lines:
        check(world, folio, line.gross, line.net + line.tax)
        old = sums.get(line.tax_rate, Split(ZERO, ZERO, ZERO))
        sums[line.tax_rate] = Split(old.net + line.net, old.tax + line.tax, old.gross + line.gross)
    check(world, f"{folio} lines", document.rates, sums)


def _sums(world: World, folio: Any) -> None:
    """Σ documents = Σ charges on them, by rate: taxed once per rate, the agreed prices count."""
    books = world.books
    part = "gross" if books.included or not books.once_per_rate else "net"
    charged: dict[Decimal, Decimal] = {}
    documented: dict[Decimal, Decimal] = {}
    for line in folio.lines:
        if not line.open:
            charged[line.rate] = charged.get(line.rate, ZERO) + getattr(line.amounts, part)
    for document in folio.documents:
        sign = 1 if document.kind == "INVOICE" else -1
        for rate, amounts in document.rates.items():
            documented[rate] = documented.get(rate, ZERO) + sign * getattr(amounts, part)
    for rate in charged.keys() | documented.keys():
        check(world, f"{folio} rate {rate}", charged.get(rate, ZERO), documented.get(rate, ZERO))


def numbers(world: World) -> None:
    """Numbers are without gaps, and issue dates never run backwards."""
    for series in InvoiceSeries.objects.filter(hotel=world.hotel):
        rows = Invoice.objects.filter(hotel=world.hotel, kind=series.kind, year=series.year)
        found = list(rows.order_by("sequence").values_list("sequence", "issue_date", "number"))
        prefix = "INV" if series.kind == "INVOICE" else "CN"
        check(
            world,
            f"numbers {series.kind} {series.year}",
            [(n, f"{prefix}-{series.year}-{n:06d}") for n in range(1, series.last_number + 1)],
            [(n, number) for n, _, number in found],
        )
        check(world, "issue-dates", sorted(d for _, d, _ in found), [d for _, d, _ in found])
