"""The channel `chat`: sends a message with Apprise, or to a device by Web Push."""

import random
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hotels.encryption import CannotDecrypt, decrypt
from hotels.models import ChatChannel, Message
from hotels.notifications.chat.addresses import AddressRefused, plugin_of
from hotels.notifications.delivery import Answer, Send, Unsendable
from hotels.notifications.delivery.channels import Outcome
from hotels.notifications.push.devices import forget_device
from hotels.notifications.push.sending import GONE, prepare_push

# An alert that comes hours late is of no use.
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))


class AppriseChannel:
    """Sends messages to the services that `addresses` accepts, and to devices of staff."""

    name = str(Message.Channel.CHAT)
    per_destination = 2

    def prepare(self, message: Message, *, now: datetime) -> Send:
        """Return what sends the message. Raises Unsendable for a channel that was deleted.

        An address that cannot be read at present fails the attempt only: a setting may be mended.
        """
        key = message.destination.partition(":")[2]
        channel = ChatChannel.objects.filter(pk=int(key)).first() if key.isdigit() else None
        if channel is None:
            raise Unsendable("The channel was deleted.")
        if channel.is_device:
            return prepare_push(channel, message, now=now)
        request = {"service": channel.service}
        try:
            plugin = plugin_of(decrypt(channel.address))
        except CannotDecrypt as error:
            return partial(_failed, str(error), request)
        except AddressRefused as error:
            raise Unsendable(str(error)) from None
        return partial(_send, plugin, subject=message.subject, body=message.body, request=request)

    def backoff(self, message: Message, *, answer: Answer) -> timedelta | None:
        """Return the wait before the next attempt; None after five."""
        if answer.retry_after is not None and message.attempts <= len(DELAYS):
            return answer.retry_after
        if message.attempts > len(DELAYS):
            return None
        return DELAYS[message.attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311  no secret

    def after(self, message: Message, *, answer: Answer, now: datetime) -> None:
        """Forget a device that its push service no longer knows."""
        if answer.status in GONE:  # of a push service
            forget_device(key=int(message.destination.partition(":")[2]), now=now)


def _send(plugin: Any, *, subject: str, body: str, request: dict[str, str]) -> Answer:
    """Send once. Apprise says only whether the service accepted the message."""
    if plugin.notify(body=body, title=subject, body_format="text"):
        return Answer(outcome=Outcome.SENT, request=request)
    return _failed("The service did not accept the message.", request)


def _failed(reason: str, request: dict[str, str]) -> Answer:
    return Answer(outcome=Outcome.RETRY, detail=reason, request=request, destination_failed=True)
