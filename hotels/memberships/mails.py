"""The e-mail with the link of an invitation."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import translation

from hotels import formats
from hotels.encryption import encrypt
from hotels.models import Invitation
from hotels.notifications.outbox import NewMail, cancel_waiting, hotel_language, queue_mails

_REVOKED = "The invitation was closed before the message was sent."


def is_address(recipient: str) -> bool:
    """True if the note on whom an invitation is for is an e-mail address."""
    try:
        validate_email(recipient)
    except ValidationError:
        return False
    return True


def queue_invitation(row: Invitation, *, link: str, now: datetime) -> None:
    """Write to the recipient, if it is an e-mail address.

    The link is stored encrypted: who reads the database or the outbox cannot accept with it.
    """
    if not is_address(row.recipient):
        return
    language = hotel_language(row.hotel)
    with translation.override(language):
        variables = {
            "inviter": str(row.invited_by),
            "role": str(row.get_role_display()),
            "expires": formats.format_instant(row.expires_at, zone=row.hotel.zone),
            "link": encrypt(link),
        }
    mail = NewMail(
        hotel_id=row.hotel_id,
        key=_key(row),
        template="invitation",
        audience="colleague",
        recipient=row.recipient,
        language=language,
        variables=variables,
        about=row,
    )
    queue_mails([mail], now=now)


def cancel_invitation(row: Invitation, *, now: datetime) -> None:
    """Cancel the message of an invitation that is closed before it was sent."""
    cancel_waiting(hotel_id=row.hotel_id, key=_key(row), reason=_REVOKED, now=now)


def _key(row: Invitation) -> str:
    return f"invitation:{row.pk}"
