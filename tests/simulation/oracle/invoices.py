"""Invoice generation and balances (rule 5)."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from tests.simulation.oracle.amounts import ZERO, Split, summed, with_tax
from tests.simulation.oracle.books import Books, Document, Folio, Line


def totals(books: Books, lines: Iterable[Line]) -> dict[Decimal, Split]:
    """The amounts of a document over some charges, by tax rate.

    Taxed per line they are the sums; once per rate the tax of the sum counts.
    """
    by_rate: dict[Decimal, list[Split]] = {}
    for line in lines:
        by_rate.setdefault(line.rate, []).append(line.amounts)
    return {rate: _taxed(books, summed(found), rate) for rate, found in by_rate.items()}


def _taxed(books: Books, amounts: Split, rate: Decimal) -> Split:
    if not books.once_per_rate:
        return amounts
    price = amounts.gross if books.included else amounts.net
    return with_tax(price, rate, included=books.included, unit=books.unit)


def generate(books: Books, now: datetime) -> dict[Folio, str]:
    """Invoice every completed folio; returns the reason for each that is not, or not wholly."""
    reasons: dict[Folio, str] = {}
    for folio in books.folios:
        wrong = sum((d.balance for d in folio.documents), ZERO) != _owed(folio)
        if folio.documents and wrong:
            refresh(folio)
    for folio in books.folios:
        lines = [line for line in folio.lines if line.open]
        if folio.status != "COMPLETED" or not (lines or _never_charged(folio)):
            continue
        reason = _invoice(books, folio, lines, now)
        if reason:
            reasons[folio] = reason
    return reasons


def _never_charged(folio: Folio) -> bool:
    return not folio.lines and not folio.settled


def _invoice(books: Books, folio: Folio, lines: list[Line], now: datetime) -> str:
    """Put the charges on an invoice as far as they can be; the reason if something is left."""
    staying = {stay.status for stay in folio.staying}
    if "CHECKED_IN" in staying:
        return "IN_HOUSE"
    if staying:
        return "TO_ARRIVE"
    if not lines:
        folio.settled = True
        return "NO_CHARGES"
    rates = totals(books, lines)
    former = [each for each in folio.invoices if each.live]
    if former:
        return _later(books, folio, lines, rates, former[0], now)
    if not any(each.gross for each in rates.values()):
        for line in lines:
            line.settled = True
        return "ZERO_TOTAL"
    total = sum((each.gross for each in rates.values()), ZERO)
    if total <= 0:
        return "NEGATIVE_TOTAL" if total else "ZERO_OVER_RATES"
    issue(books, folio, lines, now)
    return ""


def _later(
    books: Books,
    folio: Folio,
    lines: list[Line],
    rates: dict[Decimal, Split],
    first: Document,
    now: datetime,
) -> str:
    """After an invoice, each tax rate is decided by itself: invoiced, settled or to be credited."""
    more = [line for line in lines if rates[line.rate].gross > 0]
    less = [line for line in lines if rates[line.rate].gross < 0]
    for line in lines:
        line.settled = not rates[line.rate].gross
    if more:
        issue(books, folio, more, now, first=first)
    if less:
        return "CREDIT_PROPOSED"
    return "" if more else "ZERO_TOTAL"


def issue(
    books: Books, folio: Folio, lines: list[Line], now: datetime, first: Document | None = None
) -> Document:
    """Issue an invoice over the charges."""
    document = Document(
        folio=folio,
        kind="INVOICE",
        issued=issue_date(books, "INVOICE", now),
        rates=totals(books, lines),
        first=first,
    )
    for line in lines:
        line.document = document
    folio.documents.append(document)
    refresh(folio)
    return document


def issue_date(books: Books, kind: str, now: datetime, not_before: date = date.min) -> date:
    """The local date; dates of a kind of document never run backwards."""
    day = max(books.calendar_day(now), books.issued.get(kind, date.min), not_before)
    books.issued[kind] = day
    return day


def refresh(folio: Folio) -> None:
    """Set the balances of the folio's invoices from its payments and credit notes.

    Silent on several invoices: payments count for the live ones in order, the rest for the last.
    """
    credited: dict[Document, Decimal] = {}
    for note in folio.documents:
        if note.corrects is not None:
            credited[note.corrects] = credited.get(note.corrects, ZERO) + note.gross
    invoices = folio.invoices
    if not invoices:
        return
    paid = [each for each in invoices if each.live] or invoices[-1:]
    left = folio.received
    for invoice in invoices:
        owed = invoice.gross - credited.get(invoice, ZERO)
        share = ZERO
        if invoice is paid[-1]:
            share = left
        elif invoice in paid:
            share = min(max(owed, ZERO), left)
            left -= share
        invoice.balance = owed - share
        invoice.status = _status(owed, share)


def _status(owed: Decimal, paid: Decimal) -> str:
    if paid > owed:
        return "OVERPAID"
    if not owed:
        return "NOTHING_DUE"
    if paid == owed:
        return "PAID"
    return "PARTIALLY_PAID" if paid > 0 else "UNPAID"


def _owed(folio: Folio) -> Decimal:
    documents = sum((d.gross if d.kind == "INVOICE" else -d.gross for d in folio.documents), ZERO)
    return documents - folio.received


def remainder(invoice: Document) -> Decimal:
    """The amount of an invoice that is left to credit."""
    notes = (each for each in invoice.folio.documents if each.corrects is invoice)
    return invoice.gross - sum((note.gross for note in notes), ZERO)


def reversible(line: Line) -> bool:
    """True if a charge is reversed already, or can be.

    A credit note is over the remainder of the invoice at most, at each rate and in all: less is
    left where an amount was credited, or where discounts are on the same invoice.
    """
    invoice = line.document
    if invoice is None or line.reversed:
        return True
    if line.amounts.gross > remainder(invoice):
        return False
    notes = [each for each in invoice.folio.documents if each.corrects is invoice]
    credited = summed(note.rates[line.rate] for note in notes if line.rate in note.rates)
    left = [a - b for a, b in zip(invoice.rates[line.rate], credited, strict=True)]
    return all(part <= rest for part, rest in zip(line.amounts, left, strict=True))
