"""E-mails with invoices and credit notes, to the payers of the folios."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation

from hotels import formats
from hotels.billing.document_titles import read_taxes, title_of
from hotels.models import Hotel, Invoice
from hotels.notifications.outbox import NewMail, language_of, next_guest_hour, queue_mails

_INVOICE = Invoice.Kind.INVOICE
# An invoice of a folio that was completed earlier is not sent by itself.
SENT_AFTER_AT_MOST = timedelta(days=60)
_TOO_OLD = "The stay ended more than 60 days ago: it is sent only by hand."


def document_mails(documents: Sequence[Invoice], *, hotel: Hotel, now: datetime) -> list[NewMail]:
    """A message for each issued document, with its PDF.

    In one query at most, if the documents have their folio with payer and booking, and a credit
    note its invoice. The message with an invoice for a stay that ended long ago, as in books that
    were just taken over, is held back until a user sends it.
    """
    read_taxes(documents)
    return [
        replace(mail, held_back=_TOO_OLD) if _is_old(document, now=now) else mail
        for document in documents
        for mail in [_mail(document, hotel=hotel, now=now)]
    ]


def _is_old(document: Invoice, *, now: datetime) -> bool:
    completed = document.folio.completed_at
    is_invoice = document.kind == _INVOICE
    return is_invoice and completed is not None and completed < now - SENT_AFTER_AT_MOST


def queue_document(document: Invoice, *, now: datetime) -> None:
    """Store the message about one document."""
    mails = document_mails([document], hotel=document.hotel, now=now)
    queue_mails([replace(mail, held_back="") for mail in mails], now=now)


def _mail(document: Invoice, *, hotel: Hotel, now: datetime) -> NewMail:
    payer = document.folio.payer
    language = language_of(payer, hotel=hotel)
    template = "invoice" if document.kind == _INVOICE else "credit-note"
    with translation.override(language):
        variables = _variables(document)
    return NewMail(
        hotel_id=hotel.pk,
        key=f"document:{document.pk}",
        template=template,
        audience="guest",
        recipient=payer.email,
        name=payer.name,
        language=language,
        variables=variables,
        attachments=[{"kind": "invoice-pdf", "id": document.pk}],
        about=document,
        not_before=next_guest_hour(now, zone=hotel.zone),
    )


def _variables(document: Invoice) -> dict[str, Any]:
    """The variables of the template, in the active language."""
    known: dict[str, Any] = {
        "title": title_of(document),
        "number": document.number,
        "issued": formats.date_of(document.issue_date),
        "total": formats.amount(document.gross, currency=document.currency),
        "booking": document.folio.booking.reference if document.folio.booking else "",
    }
    if document.corrects is not None:
        reason = document.shown_reason
        return known | {"invoice": document.corrects.number, "reason": reason}
    due = document.due_date or document.issue_date
    return known | {
        "is_due": document.balance > 0,
        "balance": formats.amount(document.balance, currency=document.currency),
        "due": formats.date_of(due),
    }
