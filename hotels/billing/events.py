"""Events of documents and payments."""

from collections.abc import Sequence
from datetime import datetime

from hotels.models import Invoice, Payment
from hotels.notifications.outbox import NewEvent, may_be_heard, payloads, publish


def publish_documents(documents: Sequence[Invoice], *, now: datetime) -> None:
    """Publish that invoices or credit notes of one hotel were issued."""
    if not documents or not may_be_heard(hotel_id=documents[0].hotel_id):
        return
    publish(
        [
            NewEvent(
                hotel_id=document.hotel_id,
                key=f"document.issued:{document.pk}",
                data=(
                    payloads.InvoiceIssued.of(document)
                    if document.kind == Invoice.Kind.INVOICE
                    else payloads.CreditNoteIssued.of(document)
                ),
                occurred_at=now,
                about=document,
            )
            for document in documents
        ],
        now=now,
    )


def publish_payment(payment: Payment, *, now: datetime) -> None:
    """Publish that a payment was received; a payment that was not is no event."""
    if payment.status != Payment.Status.SUCCEEDED:
        return
    event = NewEvent(
        hotel_id=payment.folio.hotel_id,
        key=f"payment.recorded:{payment.pk}",
        data=payloads.PaymentRecorded.of(payment),
        occurred_at=now,
        about=payment,
    )
    publish([event], now=now)
