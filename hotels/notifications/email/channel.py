"""The channel `email`: write a message, and hand it to the e-mail server or hosted sender."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.utils import translation

from hotels.encryption import CannotDecrypt, decrypt
from hotels.models import DeliveryAttempt, Message
from hotels.notifications.delivery import Answer, Send, Unsendable
from hotels.notifications.email.answers import answer_to
from hotels.notifications.email.attachments import attachments_of
from hotels.notifications.email.composing import compose
from hotels.notifications.email.kinds import KINDS, MailKind
from hotels.notifications.email.rendering import (
    Letterhead,
    Written,
    look_of,
    template_of,
    without_secrets,
    write_or_default,
    write_plain,
)
from hotels.notifications.email.sandbox import TemplateFailed
from hotels.notifications.email.suppression import why_suppressed
from hotels.notifications.email.unsubscribing import unsubscribe_url
from hotels.notifications.outbox import next_guest_hour

Outcome = DeliveryAttempt.Outcome
GUEST = "guest"
# Two days in all: a mail server that is repaired after a weekend day loses nothing.
WAITS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60)
)
# Backends that keep messages on this machine: test hotels may use them.
_LOCAL_BACKENDS = ("eml_files", "console", "locmem", "dummy")


class EmailChannel:
    """Sends messages as e-mails by the backend of EMAIL_URL."""

    name = "email"
    per_destination = 4

    def prepare(self, message: Message, *, now: datetime) -> Send:
        """Write the message, store it as it will be sent, and return what sends it.

        A guest is not written to at night: the message then waits for the morning. Raises
        Unsendable, for example for an address that bounced.
        """
        _refuse_unsendable(message)
        if message.audience == GUEST and message.hotel is not None:
            morning = next_guest_hour(now, zone=message.hotel.zone)
            if morning > now:
                return partial(_wait_for_morning, morning - now)
        look = look_of(message.hotel)
        unsubscribe = unsubscribe_url(message)
        letterhead = Letterhead.of(message.hotel, look=look)
        written = _written(message, letterhead=letterhead, unsubscribe=unsubscribe)
        mail = compose(
            message,
            written=written,
            look=look,
            attachments=attachments_of(message, now=now),
            unsubscribe_url=unsubscribe,
        )
        return partial(_send, mail)

    def backoff(self, message: Message, *, answer: Answer) -> timedelta | None:
        """Longer after each attempt, up to a fifth more; None after two days."""
        if answer.retry_after is not None:
            return answer.retry_after
        if message.attempts > len(WAITS):
            return None
        return WAITS[message.attempts - 1] * random.uniform(1.0, 1.2)  # noqa: S311  no secret

    def after(self, message: Message, *, answer: Answer, now: datetime) -> None:
        """Nothing follows from an attempt."""


def _refuse_unsendable(message: Message) -> None:
    try:
        validate_email(message.recipient)
    except ValidationError:
        raise Unsendable("The e-mail address is not valid.") from None
    if message.hotel is not None and message.hotel.is_sandbox and not _stays_here():
        raise Unsendable("This is a test hotel: its messages are not sent.")
    with translation.override(None):
        reason = why_suppressed(
            hotel=message.hotel, address=message.recipient, kind=message.template
        )
    if reason:
        raise Unsendable(reason)


def _stays_here() -> bool:
    return any(name in settings.EMAIL_BACKEND for name in _LOCAL_BACKENDS)


def _written(message: Message, *, letterhead: Letterhead, unsubscribe: str) -> Written:
    """The message as it was written at the first attempt, else written now and stored.

    A message with a secret is written at each attempt, because what is stored lacks it.
    """
    kind = KINDS.get(message.template)
    secrets = _secrets(message, kind=kind)
    if message.html and not secrets:
        return Written(subject=message.subject, text=message.body, html=message.html)
    written = _write(
        message, kind=kind, secrets=secrets, letterhead=letterhead, unsubscribe=unsubscribe
    )
    with translation.override(message.language or "en"):
        kept = without_secrets(written, secrets=secrets)
    message.subject, message.body, message.html = kept.subject[:200], kept.text, kept.html
    message.save(update_fields=["subject", "body", "html"])
    return written


def _write(
    message: Message,
    *,
    kind: MailKind | None,
    secrets: Mapping[str, str],
    letterhead: Letterhead,
    unsubscribe: str,
) -> Written:
    language = message.language or "en"
    given = message.subject and message.body and not message.html
    if kind is None or given:
        if not message.body:
            raise Unsendable(f"There is no template for {message.template!r}.")
        return write_plain(
            subject=message.subject, body=message.body, language=language, letterhead=letterhead
        )
    try:
        return write_or_default(
            kind=kind,
            language=language,
            template=template_of(kind=kind, language=language, hotel=message.hotel),
            values={**message.payload, **secrets},
            recipient_name=message.recipient_name,
            letterhead=letterhead,
            unsubscribe_url=unsubscribe,
        )
    except TemplateFailed as error:
        raise Unsendable(f"The message cannot be written: {error}") from error


def _secrets(message: Message, *, kind: MailKind | None) -> dict[str, str]:
    """The secret variables, decrypted; raises Unsendable if they cannot be."""
    names = kind.secrets if kind else ()
    try:
        return {name: decrypt(str(message.payload[name])) for name in names}
    except (KeyError, CannotDecrypt):
        raise Unsendable("The message was stored under another SECRET_KEY.") from None


def _wait_for_morning(wait: timedelta) -> Answer:
    return Answer(
        outcome=Outcome.RETRY,
        detail="Guests are written to between 08:00 and 21:00 in the hotel's time.",
        retry_after=wait,
    )


def _send(mail: EmailMultiAlternatives) -> Answer:
    """Send the e-mail; uses only the network, or a file."""
    request: dict[str, Any] = {
        "From": str(mail.from_email),
        "To": ", ".join(mail.to),
        "Reply-To": ", ".join(mail.reply_to),
        "Subject": str(mail.subject),
        **mail.extra_headers,
    }
    request.pop("List-Unsubscribe", None)  # who has the link can unsubscribe the recipient
    mail.connection = get_connection()
    try:
        sent = mail.send()
    except Exception as error:  # noqa: BLE001  unknown ones are raised again
        return replace(answer_to(error), request=request)
    if not sent:
        return Answer(
            outcome=Outcome.REFUSED, detail="The message has no recipient.", request=request
        )
    status = getattr(mail, "anymail_status", None)
    return Answer(
        outcome=Outcome.SENT,
        request=request,
        response=f"ID at the hosted sender: {status.message_id}" if status else "",
    )
