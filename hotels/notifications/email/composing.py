"""The e-mail of a message: headers, text, HTML, logo and attachments."""

from collections.abc import Sequence
from email.mime.image import MIMEImage
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from hotels.models import EmailLook, Message
from hotels.notifications.email.attachments import Attachment
from hotels.notifications.email.rendering import LOGO_ID, Written, one_line

NAME_LENGTH = 120


def compose(
    message: Message,
    *,
    written: Written,
    look: EmailLook | None,
    attachments: Sequence[Attachment] = (),
    unsubscribe_url: str = "",
) -> EmailMultiAlternatives:
    """The e-mail; the same Message-ID whenever the message is tried.

    Names and subject are one line each, so that no text can add a header.
    """
    hotel = message.hotel
    mail = EmailMultiAlternatives(
        subject=written.subject,
        body=written.text,
        from_email=_address(hotel.name if hotel else "", sender_address()),
        to=[_address(message.recipient_name, message.recipient)],
        reply_to=[_address(hotel.name, hotel.email)] if hotel and hotel.email else None,
        headers=_headers(message, unsubscribe_url=unsubscribe_url),
    )
    mail.attach_alternative(written.html, "text/html")
    if look is not None and look.logo:
        logo = MIMEImage(bytes(look.logo), _subtype=look.logo_type.rpartition("/")[2])
        logo.add_header("Content-ID", f"<{LOGO_ID}>")
        logo.add_header("Content-Disposition", "inline", filename="logo")
        mail.attach(logo)
        if not attachments:
            mail.mixed_subtype = "related"  # type: ignore[attr-defined]
    for file in attachments:
        mail.attach(file.name, file.content, file.media_type)
    # Hosted senders give it back with what they report.
    mail.metadata = {"message": str(message.public_id)}  # type: ignore[attr-defined]
    return mail


def sender_address() -> str:
    """The address of DEFAULT_FROM_EMAIL, without its name."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def _headers(message: Message, *, unsubscribe_url: str) -> dict[str, str]:
    domain = sender_address().rpartition("@")[2]
    headers = {
        "Message-ID": f"<{message.public_id}@{domain}>",
        # No vacation replies (RFC 3834), neither from Exchange.
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": message.language or "en",
    }
    if unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        if unsubscribe_url.startswith("https:"):
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _address(name: str, address: str) -> str:
    return formataddr((one_line(name, longest=NAME_LENGTH), one_line(address, longest=254)))
