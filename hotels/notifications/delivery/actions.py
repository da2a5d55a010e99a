"""Actions of people on messages: send again, cancel."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import By, Verb, Via
from hotels.errors import ActionRefused
from hotels.models import Message
from hotels.roles import Action

Status = Message.Status
DUE_COLUMNS = (
    *("status", "reason", "attempts", "next_attempt_at", "sent_at", "ended_at"),
    *("token", "lease_until"),
)


def action_needed(message: Message) -> Action:
    """The action that a user must be allowed to send the message again or cancel it."""
    return Action.INTEGRATE if message.channel == Message.Channel.WEBHOOK else Action.SEND


def resend(
    *, message: Message, by: By, now: datetime, recipient: str = "", via: Via = Via.ADMIN
) -> Message:
    """Send a message again at once, with the same ID; to `recipient`, if given.

    Its attempts count from the beginning; one that waits is sent now. `message` must be locked.
    Raises ActionRefused while it is being sent, if its endpoint is switched off, for a recipient
    that is no e-mail address, and for another recipient of a webhook.
    """
    if message.status == Status.SENDING:
        raise ActionRefused(_("The message is being sent at this moment."))
    if message.event_id is not None and message.endpoint and not message.endpoint.active:
        raise ActionRefused(_("The endpoint is switched off. Switch it on first."))
    before = audit.snapshot(message)
    if recipient and recipient != message.recipient:
        message.recipient = _checked(recipient, message=message)
    elif message.channel == Message.Channel.EMAIL and not message.recipient:
        raise ActionRefused(_("No e-mail address is known. Enter one."))
    make_due(message, now=now)
    message.save(update_fields=[*DUE_COLUMNS, "recipient"])
    _record(message, before, verb=Verb.RESEND, by=by, via=via, now=now)
    return message


def make_due(message: Message, *, now: datetime) -> None:
    """Set the columns of `DUE_COLUMNS` of a message to be sent at once; does not save it."""
    message.status, message.reason = Status.WAITING, ""
    message.attempts, message.next_attempt_at = 0, now
    message.sent_at = message.ended_at = message.token = message.lease_until = None


def cancel(*, message: Message, by: By, now: datetime, via: Via = Via.ADMIN) -> Message:
    """Cancel a message that waits; `message` must be locked.

    Raises ActionRefused for a message that is being sent or has ended.
    """
    if message.status != Status.WAITING:
        raise ActionRefused(
            _("Only a message that waits can be cancelled. Status: %(status)s.")
            % {"status": message.get_status_display()}
        )
    before = audit.snapshot(message)
    message.status, message.next_attempt_at, message.ended_at = Status.CANCELLED, None, now
    message.reason = f"Cancelled by {by}."[:300]
    message.save(update_fields=DUE_COLUMNS)
    _record(message, before, verb=Verb.CANCEL_MESSAGE, by=by, via=via, now=now)
    return message


def _checked(recipient: str, *, message: Message) -> str:
    if message.channel != Message.Channel.EMAIL:
        raise ActionRefused(_("Only an e-mail can be sent to another address."))
    try:
        validate_email(recipient)
    except ValidationError:
        raise ActionRefused(
            _("“%(address)s” is not an e-mail address.") % {"address": recipient}
        ) from None
    return recipient


def _record(
    message: Message, before: dict[str, object], *, verb: Verb, by: By, via: Via, now: datetime
) -> None:
    after = audit.snapshot(message)
    audit.record(by=by, verb=verb, row=message, before=before, after=after, via=via, now=now)
