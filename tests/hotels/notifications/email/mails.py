"""Messages to send by e-mail, claimed as the engine claims them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from hotels.models import Hotel, Message
from hotels.notifications.delivery import Answer
from hotels.notifications.email.channel import EmailChannel
from hotels.notifications.email.kinds import KINDS

NOON = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)  # 02:00 in Lisbon


def mail_of(hotel: Hotel, **columns: Any) -> Message:
    template = columns.get("template", "no-show")
    kind = KINDS.get(template)
    defaults = {
        "key": uuid4().hex,
        "template": template,
        "audience": "guest",
        "recipient": "ana@guest.example",
        "recipient_name": "Ana Silva",
        "language": "en",
        "payload": kind.sample_values() if kind else {},
        "status": Message.Status.SENDING,
        "token": uuid4(),
        "lease_until": NOON + timedelta(minutes=2),
        "created_at": NOON,
    }
    return Message.objects.create(hotel=hotel, **defaults | columns)


def attempt(message: Message, *, now: datetime = NOON) -> Answer:
    """One attempt without the engine."""
    return EmailChannel().prepare(message, now=now)()
