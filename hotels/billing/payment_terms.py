"""Payment terms and bank details of an invoice, in the active language."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from stdnum import iban

from hotels import formats
from hotels.models import Invoice
from hotels.models.invoice_settings import is_iban_like


def due(invoice: Invoice) -> str:
    """The due date for the facts of an invoice; empty for documents that have none."""
    if invoice.due_date is None:
        return ""
    if invoice.due_date == invoice.issue_date:
        return _("on receipt")
    return formats.date_of(invoice.due_date)


def terms(invoice: Invoice) -> str:
    """The payment terms of an invoice in a sentence; empty for documents that have none."""
    if invoice.due_date is None:
        return ""
    days = (invoice.due_date - invoice.issue_date).days
    if not days:
        return _("Payment is due on receipt of this invoice.")
    return ngettext(
        "Payment is due within %(count)d day, by %(day)s.",
        "Payment is due within %(count)d days, by %(day)s.",
        days,
    ) % {"count": days, "day": formats.date_of(invoice.due_date)}


def bank_details(invoice: Invoice) -> list[tuple[str, str]]:
    """The seller's bank account with the reference to give, as names and values; can be empty."""
    bank = invoice.seller.get("bank") or {}
    number = bank.get("account", "")
    if not number:
        return []
    account = (
        (_("IBAN"), iban.format(number)) if is_iban_like(number) else (_("Account number"), number)
    )
    rows = [
        (_("Account holder"), bank.get("holder", "")),
        account,
        (_("BIC"), bank.get("bic", "")),
        (_("Bank"), bank.get("name", "")),
        (pgettext("bank transfer", "Reference"), invoice.number),
    ]
    return [(name, value) for name, value in rows if value]
