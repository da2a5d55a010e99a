"""Devices of a person, stored as chat channels, so that rules of alerts can choose them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import Verb, Via
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

    A browser that another user subscribed before is taken from that user, whose notices would go on
    appearing there after the log-out. Raises ActionRefused for a subscription that cannot be used,
    or if there are too many devices.
    """
    subscription = Subscription.of_browser(given)
    known = ChatChannel.objects.filter(fingerprint=subscription.fingerprint).first()
    if known is not None and known.owner_id == owner.pk:
        known.address = subscription.encrypted()
        known.save(update_fields=["address"])
        return known
    if devices_of(owner=owner).count() >= MOST:
        raise ActionRefused(
            _("There are %(most)d devices already. Remove one first.") % {"most": MOST}
        )
    if known is not None:
        _remove(known, by=owner, via=via, now=now)
    device = ChatChannel.objects.create(
        name=name[:80],
        service=ChatChannel.WEB_PUSH,
        address=subscription.encrypted(),
        fingerprint=subscription.fingerprint,
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
    _remove(device, by=PUSH_SERVICE, via=Via.COMMAND, now=now)


def _remove(device: ChatChannel, *, by: AbstractBaseUser | str, via: Via, now: datetime) -> None:
    before = {"name": device.name, "service": device.service}
    audit.record(by=by, verb=Verb.DELETE, row=device, before=before, via=via, now=now)
    device.delete()
