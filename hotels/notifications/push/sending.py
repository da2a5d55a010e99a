"""Encrypt a message for a device, sign it, and post it to the device's push service.

The library encrypts (RFC 8291) and signs (RFC 8292); the request is made by the guarded client of
webhooks, as the address comes from a browser.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings

from hotels.encryption import CannotDecrypt, decrypt
from hotels.models import ChatChannel, Message
from hotels.notifications.delivery import Answer, Send, Unsendable
from hotels.notifications.delivery.channels import Outcome
from hotels.notifications.push.keys import site_key
from hotels.notifications.push.subscriptions import Subscription
from hotels.notifications.webhooks.endpoints import current_policy
from hotels.notifications.webhooks.retries import parse_retry_after
from hotels.notifications.webhooks.urls import Policy

GONE = (404, 410)  # the subscription is over (RFC 8030)
KEPT = timedelta(hours=4)  # by the push service, for a device that is off
SIGNED_FOR = timedelta(hours=12)  # a day at most (RFC 8292)
TITLE, TEXT = 120, 240  # characters; push services take 4,096 bytes in all
_LINK = re.compile(r"https?://\S+")


def prepare_push(device: ChatChannel, message: Message, *, now: datetime) -> Send:
    """Return what sends the message to the device.

    A subscription or key that cannot be decrypted at present fails the attempt only. Raises
    Unsendable for a subscription that the library refuses.
    """
    # Imported when there is something to send: every command would wait for them.
    from py_vapid import Vapid02
    from pywebpush import WebPusher, WebPushException

    try:
        subscription = Subscription.of_stored(device.address)
        private = decrypt(site_key(now=now).private)
    except CannotDecrypt as error:
        return partial(_failed, str(error), {})
    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    try:
        pusher = WebPusher({"endpoint": subscription.endpoint, "keys": keys})
        body = bytes(pusher.encode(payload_of(message))["body"])
    except (WebPushException, ValueError) as error:
        raise Unsendable(f"The subscription cannot be used ({type(error).__name__}).") from None
    parts = urlsplit(subscription.endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + SIGNED_FOR).timestamp()),
        "sub": _contact(),
    }
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(int(KEPT.total_seconds())),
        "Urgency": "high",
        **Vapid02.from_pem(private.encode()).sign(claims),
    }
    return partial(
        _send, subscription.endpoint, body=body, headers=headers, policy=current_policy(), now=now
    )


def payload_of(message: Message) -> bytes:
    """Return what the device shows: the title, a line of the text, and the page to open."""
    links = _LINK.findall(message.body)
    lines = [line.strip() for line in message.body.splitlines() if not _LINK.search(line)]
    text = next((line for line in lines if line and line != message.subject), "")
    shown = {
        "title": message.subject[:TITLE],
        "text": text[:TEXT],
        "link": links[-1][:500] if links else "",
        "id": message.public_id.hex,
    }
    return json.dumps(shown).encode()


def _contact() -> str:
    """Return the contact for operators of push services; some refuse a request without one."""
    if settings.SITE_URL.startswith("https://"):
        return str(settings.SITE_URL)
    return f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"


def _send(
    url: str, *, body: bytes, headers: Mapping[str, str], policy: Policy, now: datetime
) -> Answer:
    """Post once. The path of the address is a secret: the log names the host only."""
    from hotels.notifications.webhooks.client import NoResponse, post

    request = {"service": urlsplit(url).hostname or ""}
    try:
        response = post(url, body=body, headers=headers, policy=policy)
    except NoResponse as failure:
        return _failed(str(failure), request)
    accepted = 200 <= response.status < 300
    later = response.status == 429 or response.status >= 500
    what = "no longer knows the device" if response.status in GONE else "answered"
    return Answer(
        outcome=Outcome.SENT if accepted else Outcome.RETRY if later else Outcome.REFUSED,
        status=response.status,
        detail="" if accepted else f"The push service {what} ({response.status}).",
        request=request,
        response=response.text,
        retry_after=parse_retry_after(response.headers.get("retry-after", ""), now=now),
        destination_failed=response.status >= 500,
    )


def _failed(reason: str, request: Mapping[str, str]) -> Answer:
    return Answer(
        outcome=Outcome.RETRY, detail=reason, request=dict(request), destination_failed=True
    )
