"""Reasons for a tax rate of 0 % on a document (EU VAT Directive Art. 226 No. 11, EN 16931 BT-120).

A document keeps the reasons as it was issued; their texts are in the language of the PDF.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from hotels import countries
from hotels.models import Hotel, Invoice, InvoiceTax
from hotels.models.invoice_settings import ZeroTaxReason

# Without a reason: also of documents that were issued before they had reasons.
_UNSTATED = ""
# CJEU C-277/05, Société thermale d'Eugénie-les-Bains: what a hotel keeps or charges because the
# guest did not come is compensation, not the price of a service.
_COMPENSATION_IN_THE_EU = "COMPENSATION_EU"

_TEXTS = {
    _UNSTATED: _("No tax is charged"),
    ZeroTaxReason.EXEMPT: _("Exempt from tax"),
    ZeroTaxReason.ZERO_RATED: _("Taxable at the zero rate"),
    ZeroTaxReason.OUT_OF_SCOPE: _("Not taxable"),
    ZeroTaxReason.SMALL_BUSINESS: _("No tax is charged: scheme for small businesses"),
    ZeroTaxReason.NO_TAX: _("This country has no value added or sales tax"),
    ZeroTaxReason.COMPENSATION: _("Not taxable: compensation, the guest did not arrive"),
    _COMPENSATION_IN_THE_EU: _(
        "Not taxable: compensation, the guest did not arrive (CJEU C-277/05)"
    ),
}


class _Charge(Protocol):
    """A charge with its tax rate in percent and, if it has its own, its reason for 0 %."""

    @property
    def tax_rate(self) -> Any: ...
    @property
    def zero_tax_reason(self) -> str: ...


def zero_tax_reasons(charges: Iterable[_Charge], *, hotel: Hotel) -> list[dict[str, str]]:
    """The reasons of the charges at 0 %, each once, to be stored on the document.

    A charge without its own reason has the hotel's, with the hotel's own text as `note`.
    """
    reasons: list[dict[str, str]] = []
    for charge in charges:
        if not charge.tax_rate:
            reason = _reason(charge.zero_tax_reason, hotel=hotel)
            if reason not in reasons:
                reasons.append(reason)
    return reasons


def zero_tax_reasons_of(invoice: Invoice) -> list[dict[str, str]]:
    """The reasons on an issued document, for its credit notes."""
    found = InvoiceTax.objects.filter(invoice=invoice, rate=0)
    return [reason for part in found for reason in part.zero_tax_reasons]


def zero_tax_texts(tax: InvoiceTax) -> list[str]:
    """The reasons of the part of a document at 0 %, in the active language; empty at other rates.

    There is always at least one.
    """
    if tax.rate:
        return []
    return [_text(reason) for reason in tax.zero_tax_reasons or [{"reason": _UNSTATED}]]


def _reason(own: str, *, hotel: Hotel) -> dict[str, str]:
    if not own:
        return {"reason": hotel.zero_tax_reason, "note": hotel.zero_tax_note}
    if own == ZeroTaxReason.COMPENSATION and hotel.country in countries.EU:
        own = _COMPENSATION_IN_THE_EU
    return {"reason": own, "note": ""}


def _text(reason: dict[str, str]) -> str:
    text = str(_TEXTS.get(reason["reason"], _TEXTS[_UNSTATED]))
    note = reason.get("note")
    return f"{text} ({note})" if note else text
