"""The PDF of an issued invoice or credit note, in the active language.

It has the particulars that EU VAT Directive Art. 226 requires of an invoice (Art. 219: of a credit
note): date, sequential number, the seller's VAT ID, both names and addresses, the services with
quantity and unit price, their dates, the taxable amount and tax per rate, and the reason where the
rate is 0 %. Germany also accepts the tax number (§ 14 UStG).
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from hotels import formats, money
from hotels.billing import payment_terms
from hotels.billing.document_titles import title_of
from hotels.billing.quantities import unit_price_of
from hotels.billing.zero_tax import zero_tax_texts
from hotels.countries import paper_of
from hotels.identification import named_number, named_numbers
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
    paper: str
    title: str
    warning: str
    letterhead: str
    letterhead_lines: Row
    to: str
    to_lines: Row
    facts: tuple[Row, ...]
    headings: Row
    lines: tuple[Row, ...]
    price_note: str
    tax_title: str
    tax_headings: Row
    taxes: tuple[Row, ...]
    tax_notes: Row
    totals: tuple[Row, ...]
    account: tuple[Row, ...]
    payment_title: str
    terms: str
    payment: tuple[Row, ...]
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
    is_due = invoice.kind == Invoice.Kind.INVOICE and invoice.balance > 0
    return PrintedDocument(
        language=get_language() or "en",
        paper=paper_of(seller.get("country", "")),
        title=f"{title_of(invoice)} {invoice.number}",
        warning=_("Test data: not a real document.") if seller.get("sandbox") else "",
        letterhead=seller.get("name", ""),
        letterhead_lines=_letterhead(seller),
        to=pgettext("addressee", "To"),
        to_lines=_address(buyer),
        facts=tuple(_facts(invoice)),
        headings=_headings(),
        lines=tuple(_lines(invoice)),
        price_note=_price_note(invoice),
        tax_title=_("Tax by rate"),
        tax_headings=(_("Tax rate"), _("Net"), _("Tax"), _("Total")),
        taxes=tuple(_taxes(invoice)),
        tax_notes=tuple(_tax_notes(invoice)),
        totals=(
            (_("Net"), _money(invoice.net, invoice)),
            (_("Tax"), _money(invoice.tax, invoice)),
            (_total_label(invoice), _money(invoice.gross, invoice)),
        ),
        account=tuple(_account(invoice, now=now)),
        payment_title=_("Payment") if is_due else "",
        terms=payment_terms.terms(invoice) if is_due else "",
        payment=tuple(payment_terms.bank_details(invoice)) if is_due else (),
        page_of=_("Page %(number)s of %(all)s") % {"number": "{number}", "all": "{all}"},
        unshown_note=_("A box marks a character that could not be printed."),
    )


def _headings() -> Row:
    return (
        _("Date"),
        _("Description"),
        # Translators: short for quantity, the heading of a narrow column
        _("Qty"),
        _("Unit price"),
        _("Tax rate"),
        _("Net"),
        _("Tax"),
        _("Total"),
    )


def _price_note(invoice: Invoice) -> str:
    if invoice.prices_include_tax:
        return _("Unit prices include tax.")
    return _("Unit prices exclude tax.")


def _letterhead(seller: Mapping[str, Any]) -> Row:
    legal, address = seller.get("legalName", ""), seller.get("address", "")
    return _non_empty(
        legal if legal != seller.get("name") else "",
        *(_address_lines(address, country=seller.get("country", "")) if address else ()),
        *_numbers(seller),
        seller.get("email", ""),
    )


def _address(buyer: Mapping[str, Any]) -> Row:
    country = buyer.get("country", "")
    return _non_empty(
        buyer.get("name", ""),
        *_address_lines(buyer.get("address", ""), country=country),
        named_number(country=country, number=buyer.get("taxId", "")),
    )


def _numbers(seller: Mapping[str, Any]) -> list[str]:
    """The seller's numbers; documents issued before the two were apart have one of either kind."""
    country = seller.get("country", "")
    if "vatId" not in seller:
        return [named_number(country=country, number=seller.get("taxId", ""))]
    return named_numbers(
        country=country, vat_id=seller["vatId"], tax_number=seller.get("taxNumber", "")
    )


def _address_lines(address: str, *, country: str) -> list[str]:
    """The lines of an address; the last one names the country (EN 16931, BR-9 and BR-11)."""
    lines = [line.strip() for line in address.strip().splitlines()]
    typed = lines[-1].rpartition(",")[2].strip() if lines else ""
    if country and not formats.is_name_of_country(typed, code=country):
        lines.append(formats.country(country))
    return lines


def _non_empty(*parts: str) -> Row:
    return tuple(part for part in parts if part)


def _facts(invoice: Invoice) -> Iterable[Row]:
    yield _("Number"), invoice.number
    yield _("Date of issue"), formats.date_of(invoice.issue_date)
    if due := payment_terms.due(invoice):
        yield pgettext("payment", "Due"), due
    if dates := service_dates(invoice):
        yield _("Service dates"), dates
    yield _("Folio"), str(invoice.folio)
    if invoice.first_invoice is not None:
        yield _("Further to invoice"), _numbered(invoice.first_invoice)
    if invoice.corrects is not None:
        yield _("Corrects invoice"), _numbered(invoice.corrects)
        yield _("Reason"), invoice.shown_reason
    yield _("Currency"), formats.currency(invoice.currency)


def service_dates(invoice: Invoice) -> str:
    """The service period; of a document without one, the dates of its lines; empty without any."""
    days = [each for each in (invoice.service_start_date, invoice.service_end_date) if each]
    days = days or sorted(line.business_date for line in invoice.lines.all())
    if not days:
        return ""
    first, last = formats.date_of(days[0]), formats.date_of(days[-1])
    return first if first == last else f"{first} – {last}"


def _numbered(invoice: Invoice) -> str:
    day = formats.date_of(invoice.issue_date)
    return _("%(number)s of %(day)s") % {"number": invoice.number, "day": day}


def _lines(invoice: Invoice) -> Iterable[Row]:
    for line in invoice.lines.all():
        amounts = (formats.plain_amount(each, currency=invoice.currency) for each in _amounts(line))
        yield (
            formats.date_of(line.business_date),
            line.shown_description,
            formats.exact_number(line.quantity),
            formats.unit_price(unit_price_of(line, document=invoice), currency=invoice.currency),
            formats.tax_rate(line.tax_rate),
            *amounts,
        )


def _tax_notes(invoice: Invoice) -> Iterable[str]:
    """The reasons for 0 % tax."""
    for part in invoice.taxes.all():
        for text in zero_tax_texts(part):
            yield f"{formats.tax_rate(part.rate)}: {text}."


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
