"""The PDF of an issued invoice or credit note, in the active language.

It has the particulars that EU VAT Directive Art. 226 requires of an invoice (Art. 219: of a credit
note): date, sequential number, the seller's tax ID, both names and addresses, the services and
their dates, and the taxable amount and tax per rate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.text import capfirst
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from hotels import formats, money
from hotels.models import Invoice
from hotels.pdf import typeset

Row = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class InvoiceAccount:
    """Credits, payments and balance of an invoice: `gross − credited − received = balance`."""

    credited: Decimal
    received: Decimal
    balance: Decimal


@dataclass(frozen=True, kw_only=True)
class PrintedDocument:
    """All texts of the PDF, formatted. Rows have as many cells as their headings."""

    language: str
    title: str
    warning: str
    letterhead: str
    letterhead_lines: Row
    to: str
    to_lines: Row
    facts: tuple[Row, ...]
    headings: Row
    lines: tuple[Row, ...]
    tax_title: str
    tax_headings: Row
    taxes: tuple[Row, ...]
    totals: tuple[Row, ...]
    account: tuple[Row, ...]
    page_of: str
    unshown_note: str


def account_of(invoice: Invoice) -> InvoiceAccount:
    """Credits, payments and balance of an invoice; all zero for a credit note."""
    if invoice.kind == Invoice.Kind.CREDIT_NOTE:
        return InvoiceAccount(credited=money.ZERO, received=money.ZERO, balance=money.ZERO)
    found = invoice.credit_notes.aggregate(gross=Sum("gross"))["gross"]
    credited = money.round_money(found or money.ZERO, currency=invoice.currency)
    return InvoiceAccount(
        credited=credited,
        received=invoice.gross - credited - invoice.balance,
        balance=invoice.balance,
    )


def pdf_of(invoice: Invoice, *, now: datetime) -> bytes:
    """The document as a PDF in the active language, with its balance at `now`."""
    return typeset(
        template="invoice", data=asdict(printed_document(invoice, now=now)), at=invoice.issued_at
    )


def printed_document(invoice: Invoice, *, now: datetime) -> PrintedDocument:
    """The texts of the PDF in the active language."""
    seller, buyer = invoice.seller, invoice.buyer
    return PrintedDocument(
        language=get_language() or "en",
        title=f"{capfirst(invoice.get_kind_display())} {invoice.number}",
        warning=_("Test data: not a real document.") if seller.get("sandbox") else "",
        letterhead=seller.get("name", ""),
        letterhead_lines=_letterhead(seller),
        to=pgettext("addressee", "To"),
        to_lines=_address(buyer),
        facts=tuple(_facts(invoice)),
        headings=(_("Date"), _("Description"), _("Tax rate"), _("Net"), _("Tax"), _("Total")),
        lines=tuple(_lines(invoice)),
        tax_title=_("Tax by rate"),
        tax_headings=(_("Tax rate"), _("Net"), _("Tax"), _("Total")),
        taxes=tuple(_taxes(invoice)),
        totals=(
            (_("Net"), _money(invoice.net, invoice)),
            (_("Tax"), _money(invoice.tax, invoice)),
            (_total_label(invoice), _money(invoice.gross, invoice)),
        ),
        account=tuple(_account(invoice, now=now)),
        page_of=_("Page %(number)s of %(all)s") % {"number": "{number}", "all": "{all}"},
        unshown_note=_("A box marks a character that could not be printed."),
    )


def _letterhead(seller: Mapping[str, Any]) -> Row:
    legal = seller.get("legalName", "")
    return _non_empty(
        legal if legal != seller.get("name") else "",
        *_address_lines(seller.get("address", "")),
        _tax_id(seller),
        seller.get("email", ""),
    )


def _address(buyer: Mapping[str, Any]) -> Row:
    country = buyer.get("country", "")
    return _non_empty(
        buyer.get("name", ""),
        *_address_lines(buyer.get("address", "")),
        formats.country(country) if country else "",
        _tax_id(buyer),
    )


def _tax_id(party: Mapping[str, Any]) -> str:
    number = party.get("taxId", "")
    return _("Tax ID %(number)s") % {"number": number} if number else ""


def _address_lines(address: str) -> list[str]:
    return [part.strip() for part in address.splitlines()]


def _non_empty(*parts: str) -> Row:
    return tuple(part for part in parts if part)


def _facts(invoice: Invoice) -> Iterable[Row]:
    yield _("Number"), invoice.number
    yield _("Date of issue"), formats.date_of(invoice.issue_date)
    days = sorted(line.business_date for line in invoice.lines.all())
    if days:
        first, last = formats.date_of(days[0]), formats.date_of(days[-1])
        yield _("Service dates"), first if first == last else f"{first} – {last}"
    yield _("Folio"), str(invoice.folio)
    if invoice.first_invoice is not None:
        yield _("Further to invoice"), _numbered(invoice.first_invoice)
    if invoice.corrects is not None:
        yield _("Corrects invoice"), _numbered(invoice.corrects)
        yield _("Reason"), invoice.reason
    yield _("Currency"), formats.currency(invoice.currency)


def _numbered(invoice: Invoice) -> str:
    day = formats.date_of(invoice.issue_date)
    return _("%(number)s of %(day)s") % {"number": invoice.number, "day": day}


def _lines(invoice: Invoice) -> Iterable[Row]:
    for line in invoice.lines.all():
        amounts = (formats.plain_amount(each, currency=invoice.currency) for each in _amounts(line))
        yield (
            formats.date_of(line.business_date),
            line.description,
            formats.tax_rate(line.tax_rate),
            *amounts,
        )


def _taxes(invoice: Invoice) -> Iterable[Row]:
    for part in invoice.taxes.all():
        amounts = (formats.plain_amount(each, currency=invoice.currency) for each in _amounts(part))
        yield formats.tax_rate(part.rate), *amounts


def _amounts(part: Any) -> tuple[Decimal, Decimal, Decimal]:
    return part.net, part.tax, part.gross


def _total_label(invoice: Invoice) -> str:
    return _("Total credited") if invoice.kind == Invoice.Kind.CREDIT_NOTE else _("Total")


def _account(invoice: Invoice, *, now: datetime) -> Iterable[Row]:
    if invoice.kind == Invoice.Kind.CREDIT_NOTE:
        return
    account = account_of(invoice)
    if account.credited:
        yield _("Credited"), _money(-account.credited, invoice)
    if account.received:
        yield _("Received"), _money(-account.received, invoice)
    day = {"day": formats.date_of(invoice.hotel.local_date(now))}
    if account.balance < 0:
        yield _("Overpaid as of %(day)s") % day, _money(-account.balance, invoice)
    else:
        yield _("Balance as of %(day)s") % day, _money(account.balance, invoice)


def _money(value: Decimal, invoice: Invoice) -> str:
    return formats.amount(value, currency=invoice.currency)
