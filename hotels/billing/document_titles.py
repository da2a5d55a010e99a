"""Titles of invoices and credit notes, as the law of the seller's country names them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import prefetch_related_objects
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from hotels.models import Invoice
from hotels.models.invoice_settings import ZeroTaxReason

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

# Translators: the title of an invoice in countries such as Australia; in other languages the
# title of any invoice
_TAX_INVOICE = _("Tax invoice")


@dataclass(frozen=True, kw_only=True)
class _Titles:
    """The titles in a country; an empty title is the usual one."""

    invoice: "_StrOrPromise" = _TAX_INVOICE
    credit_note: "_StrOrPromise" = ""


# By ISO 3166-1 alpha-2 code, each with the law.
_TITLES = {
    # Executive Regulation of Federal Decree-Law 8 of 2017, Art. 59 (1) a and 60 (1) a
    # Translators: the title of a credit note in the Emirates
    "AE": _Titles(credit_note=_("Tax credit note")),
    # GST Act 1999, s 29-70 (1) and 29-75 with ruling GSTR 2013/2
    # Translators: the title of a credit note in Australia
    "AU": _Titles(credit_note=_("Adjustment note")),
    # CGST Act 2017, s 31 (1) and 34
    "IN": _Titles(),
    # VAT Act 2052, s 14, and VAT Rules 2053, Schedule 5
    "NP": _Titles(),
    # GST Act 1985, s 19K: since April 2023 the words are customary and no longer required
    "NZ": _Titles(),
    # GST (General) Regulations, reg 11 (1) a
    "SG": _Titles(),
    # Revenue Code, s 86/4 (1) and 86/10 (1)
    "TH": _Titles(),
    # VAT Act 1991, s 20 (4) a and 21 (3) a
    "ZA": _Titles(),
}


def title_of(invoice: Invoice) -> str:
    """The title in the active language, without the number: `Invoice`, `Tax invoice`.

    A seller without a number for the tax on sales may not use the titles of that tax, and a
    document without a taxable service does not have them.
    """
    usual = capfirst(invoice.get_kind_display())
    titles = _titles_of_seller(invoice)
    if titles is None or not _is_taxable(invoice):
        return usual
    is_invoice = invoice.kind == Invoice.Kind.INVOICE
    return str(titles.invoice if is_invoice else titles.credit_note) or usual


def read_taxes(invoices: Sequence[Invoice]) -> None:
    """Read the taxes that the titles depend on, in one query at most."""
    prefetch_related_objects([each for each in invoices if _titles_of_seller(each)], "taxes")


def _titles_of_seller(invoice: Invoice) -> _Titles | None:
    seller = invoice.seller
    return _TITLES.get(seller.get("country", "")) if seller.get("vatId") else None


def _is_taxable(invoice: Invoice) -> bool:
    return any(
        part.rate
        or any(each["reason"] == ZeroTaxReason.ZERO_RATED for each in part.zero_tax_reasons)
        for part in invoice.taxes.all()
    )
