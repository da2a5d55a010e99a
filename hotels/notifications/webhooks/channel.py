"""The channel `webhook`: signs a message, posts it, and judges the answer."""

from datetime import datetime, timedelta
from functools import partial

from hotels.encryption import CannotDecrypt
from hotels.models import Message, WebhookEndpoint
from hotels.notifications.delivery import Answer, Send, Unsendable
from hotels.notifications.delivery.channels import Outcome
from hotels.notifications.webhooks.access import covers
from hotels.notifications.webhooks.bodies import body_of
from hotels.notifications.webhooks.disabling import disable_failing, mark_working
from hotels.notifications.webhooks.endpoints import current_policy, secrets_of
from hotels.notifications.webhooks.retries import GONE_STATUS, delay_after
from hotels.notifications.webhooks.signing import signed_headers
from hotels.notifications.webhooks.urls import UrlRefused, check_url


class WebhookChannel:
    """Sends events to endpoints, as Standard Webhooks 1.0.0 defines."""

    name = str(Message.Channel.WEBHOOK)
    per_destination = 4

    def prepare(self, message: Message, *, now: datetime) -> Send:
        """Return what posts the message: the body stored at the first attempt, signed for now.

        Raises Unsendable when the endpoint is switched off, or its owner no longer manages the
        hotel. A URL or secret that cannot be used at present fails the attempt only: a setting may
        be mended.
        """
        endpoint = _endpoint(message)
        if not message.body:
            if message.event is None:
                raise Unsendable("The message has no event.")
            message.body = body_of(message.event)
            message.save(update_fields=["body"])
        # The HTTP client is imported when there is something to send: each tick would wait for it.
        from hotels.notifications.webhooks.posting import failed, send

        policy = current_policy()
        try:
            check_url(endpoint.url, policy=policy)
            secrets = secrets_of(endpoint, now=now)
        except (UrlRefused, CannotDecrypt) as error:
            return partial(failed, str(error), {"url": endpoint.url})
        headers = signed_headers(
            message_id=webhook_id(message), body=message.body, secrets=secrets, now=now
        )
        return partial(
            send, url=endpoint.url, body=message.body, headers=headers, policy=policy, now=now
        )

    def backoff(self, message: Message, *, answer: Answer) -> timedelta | None:
        """Return the wait before the next attempt; None after ten, counted from a resend."""
        return delay_after(max(message.attempts, 1), retry_after=answer.retry_after)

    def after(self, message: Message, *, answer: Answer, now: datetime) -> None:
        """Disable an endpoint that is gone or has failed for days."""
        if message.endpoint is None:
            return
        if answer.outcome == Outcome.SENT:
            mark_working(message.endpoint)
        else:
            disable_failing(message.endpoint, gone=answer.status == GONE_STATUS, now=now)


def webhook_id(message: Message) -> str:
    """Return the ID of a message, the same at every attempt."""
    return f"msg_{message.public_id.hex}"


def _endpoint(message: Message) -> WebhookEndpoint:
    """Return the endpoint of a message; raises Unsendable when it must not get it."""
    endpoint = message.endpoint
    if endpoint is None:
        raise Unsendable("The endpoint was deleted.")
    if message.event_id is not None and not endpoint.active:
        raise Unsendable("The endpoint is switched off.")
    if message.hotel is not None and not covers(endpoint, hotel=message.hotel):
        raise Unsendable("The endpoint's owner no longer manages the hotel.")
    return endpoint
