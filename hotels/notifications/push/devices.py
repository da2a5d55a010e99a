"""Devices of a person, stored as chat channels, so that rules of alerts can choose them."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import Verb, Via
from hotels.encryption import CannotDecrypt
from hotels.errors import ActionRefused
from hotels.models import ChatChannel
from hotels.notifications.push.subscriptions import Subscription

MOST = 10  # of one person
PUSH_SERVICE = "The push service"  # in the audit trail


def devices_of(*, owner: AbstractBaseUser) -> QuerySet[ChatChannel]:
    """Return the devices on which a person gets notices."""
    return ChatChannel.objects.filter(owner_id=owner.pk, service=ChatChannel.WEB_PUSH)


@transaction.atomic
def add_device(
    *, owner: AbstractBaseUser, given: Mapping[str, Any], name: str, via: Via, now: datetime
) -> ChatChannel:
    """Store the subscription of a browser; one that is known gets its new keys.

    Raises ActionRefused for a subscription that cannot be used, or if there are too many devices.
    """
    subscription = Subscription.of_browser(given)
    known = list(devices_of(owner=owner))
    for device in known:
        with suppress(CannotDecrypt):
            if Subscription.of_stored(device.address).endpoint == subscription.endpoint:
                device.address = subscription.encrypted()
                device.save(update_fields=["address"])
                return device
    if len(known) >= MOST:
        raise ActionRefused(
            _("There are %(most)d devices already. Remove one first.") % {"most": MOST}
        )
    device = ChatChannel.objects.create(
        name=name[:80],
        service=ChatChannel.WEB_PUSH,
        address=subscription.encrypted(),
        owner_id=owner.pk,
        created_at=now,
    )
    after = {"name": device.name, "service": device.service}
    audit.record(by=owner, verb=Verb.ADD, row=device, after=after, via=via, now=now)
    return device


def forget_device(*, key: int, now: datetime) -> None:
    """Delete a device that its push service no longer knows: no rule sends to it any more."""
    device = ChatChannel.objects.filter(pk=key, service=ChatChannel.WEB_PUSH).first()
    if device is None:
        return
    before = {"name": device.name, "service": device.service}
    audit.record(
        by=PUSH_SERVICE, verb=Verb.DELETE, row=device, before=before, via=Via.COMMAND, now=now
    )
    device.delete()
