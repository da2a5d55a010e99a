"""The files of a message, made when it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import translation

from hotels.billing.invoice_pdf import pdf_of
from hotels.models import Invoice, Message
from hotels.notifications.delivery import Unsendable


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file with its name and media type."""

    name: str
    content: bytes
    media_type: str


def attachments_of(message: Message, *, now: datetime) -> list[Attachment]:
    """The files that the message names, in its language; raises Unsendable for an unknown one."""
    with translation.override(message.language or "en"):
        return [_attachment(wanted, message=message, now=now) for wanted in message.attachments]


def _attachment(wanted: Mapping[str, Any], *, message: Message, now: datetime) -> Attachment:
    if wanted.get("kind") != "invoice-pdf":
        raise Unsendable(f"Attachments of the kind {wanted.get('kind')!r} are not known.")
    of_hotel = Invoice.objects.filter(hotel=message.hotel_id)
    invoice = of_hotel.select_related("corrects", "first_invoice").filter(pk=wanted["id"]).first()
    if invoice is None:
        raise Unsendable("The document to attach does not exist.")
    return Attachment(
        name=f"{invoice.number}.pdf", content=pdf_of(invoice, now=now), media_type="application/pdf"
    )
