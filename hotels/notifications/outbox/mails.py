"""Store messages to people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Model
from django.utils.translation import gettext_noop

from hotels.models import Message
from hotels.row_writes import insert_rows

BATCH = 500
NO_ADDRESS = gettext_noop("No e-mail address is known.")
INVALID_ADDRESS = gettext_noop("The e-mail address is not valid.")


@dataclass(frozen=True, kw_only=True)
class NewMail:
    """A message to one person, written from `template` when it is sent.

    `key` is unique per hotel: the same message is stored once. `variables` are plain JSON.
    `attachments` name documents to attach: `{"kind": "invoice-pdf", "id": 12}`. Nothing is sent
    before `not_before`. `subject` and `body` are given where no template writes them. A message
    about several hotels has no hotel, but an owner.
    `held_back` says why the message is not sent unless a user sends it.
    """

    hotel_id: int | None
    key: str
    template: str
    audience: str
    recipient: str
    name: str = ""
    language: str = ""
    subject: str = ""
    body: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    attachments: Sequence[Mapping[str, Any]] = ()
    about: Model | None = None
    not_before: datetime | None = None
    held_back: str = ""
    owner_id: int | None = None


def queue_mails(mails: Iterable[NewMail], *, now: datetime, cause: Model | None = None) -> None:
    """Store messages in the caller's transaction, in one query for some hundred of them.

    A message without a valid address is stored too: it says why it cannot be sent.
    """
    rows = [_row(mail, now=now, cause=cause) for mail in mails]
    for start in range(0, len(rows), BATCH):
        # The key is unique: a message requested before is not stored twice.
        insert_rows(rows[start : start + BATCH], ignore_conflicts=True)


def cancel_waiting(*, hotel_id: int, key: str, reason: str, now: datetime) -> bool:
    """Cancel a message that was not sent yet and is no longer true; False if it is too late."""
    unsent = (Message.Status.WAITING, Message.Status.UNDELIVERABLE)
    waiting = Message.objects.filter(hotel_id=hotel_id, key=key, status__in=unsent, attempts=0)
    return bool(
        waiting.update_in_order(
            status=Message.Status.CANCELLED, reason=reason, next_attempt_at=None, ended_at=now
        )
    )


def _row(mail: NewMail, *, now: datetime, cause: Model | None) -> Message:
    reason = mail.held_back or _why_not(mail.recipient)
    waiting = not reason
    return Message(
        hotel_id=mail.hotel_id,
        owner_id=mail.owner_id,
        key=mail.key,
        template=mail.template,
        audience=mail.audience,
        recipient=mail.recipient[:254],
        recipient_name=mail.name[:160],
        language=mail.language,
        subject=mail.subject,
        body=mail.body,
        payload=dict(mail.variables),
        attachments=[dict(attachment) for attachment in mail.attachments],
        about_model=mail.about._meta.label_lower if mail.about else "",
        about_id=mail.about.pk if mail.about else None,
        cause_model=cause._meta.label_lower if cause else "",
        cause_id=cause.pk if cause else None,
        status=Message.Status.WAITING if waiting else Message.Status.UNDELIVERABLE,
        reason=reason,
        next_attempt_at=max(mail.not_before or now, now) if waiting else None,
        created_at=now,
        ended_at=None if waiting else now,
    )


def _why_not(recipient: str) -> str:
    if not recipient:
        return NO_ADDRESS
    try:
        validate_email(recipient)
    except ValidationError:
        return INVALID_ADDRESS
    return "" if len(recipient) <= 254 else INVALID_ADDRESS
