"""Links by which a recipient unsubscribes from one kind of message of a hotel (RFC 8058)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from hotels.models import Hotel, Message, SuppressedAddress
from hotels.notifications.email.kinds import KINDS
from hotels.notifications.email.suppression import suppress

_SALT = "hotels.notifications.email.unsubscribing"


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """An address, the kind of message it gets, and the hotel that sends it."""

    hotel: Hotel
    address: str
    kind: str


class LinkInvalid(Exception):
    """The link was not made by this site, or its hotel or kind of message is gone."""


def unsubscribe_url(message: Message) -> str:
    """The link for a message; empty if the site's address is not set, or it is a transaction.

    The link holds its own data, signed: it works for as long as the message is kept somewhere.
    """
    kind = KINDS.get(message.template)
    if kind is None or kind.transaction or message.hotel_id is None or not settings.SITE_URL:
        return ""
    data = [message.hotel_id, message.recipient, kind.name]
    token = signing.dumps(data, salt=_SALT, compress=True)
    return settings.SITE_URL + reverse("mail:unsubscribe", args=[token])


def subscription_of(token: str) -> Subscription:
    """The subscription that a link is about; raises LinkInvalid."""
    try:
        data: Any = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        raise LinkInvalid from None
    hotel_id, address, kind = data
    hotel = Hotel.objects.filter(pk=hotel_id).first()
    if hotel is None or kind not in KINDS:
        raise LinkInvalid
    return Subscription(hotel=hotel, address=address, kind=kind)


def unsubscribe(subscription: Subscription, *, now: datetime) -> None:
    """Send the address no more messages of this kind; a second time changes nothing."""
    suppress(
        hotel=subscription.hotel,
        address=subscription.address,
        kind=subscription.kind,
        reason=SuppressedAddress.Reason.UNSUBSCRIBED,
        now=now,
    )
