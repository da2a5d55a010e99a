"""Setting up, testing and deleting chat channels, with an entry in the audit trail."""

from datetime import datetime
from uuid import uuid4

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import Verb, Via
from hotels.encryption import encrypt
from hotels.errors import ActionRefused
from hotels.models import ChatChannel, Message
from hotels.notifications.chat.addresses import AddressRefused, service_of

MOST = 25  # of one person


@transaction.atomic
def create_channel(
    *, name: str, address: str, owner: AbstractBaseUser, via: Via, now: datetime
) -> ChatChannel:
    """Store a channel; its address is encrypted and never shown again.

    Raises ActionRefused for an address that is not accepted, or if there are too many channels.
    """
    if ChatChannel.objects.filter(owner_id=owner.pk).count() >= MOST:
        raise ActionRefused(
            _("There are %(most)d channels already. Delete one first.") % {"most": MOST}
        )
    try:
        service = service_of(address)
    except AddressRefused as refusal:
        raise ActionRefused(str(refusal)) from None
    channel = ChatChannel.objects.create(
        name=name,
        service=service,
        address=encrypt(address),
        owner_id=owner.pk,
        created_at=now,
    )
    after = {"name": name, "service": service}
    audit.record(by=owner, verb=Verb.ADD, row=channel, after=after, via=via, now=now)
    return channel


@transaction.atomic
def delete_channel(*, channel: ChatChannel, by: AbstractBaseUser, via: Via, now: datetime) -> None:
    """Delete a channel: no rule sends to it any more."""
    before = {"name": channel.name, "service": channel.service}
    audit.record(by=by, verb=Verb.DELETE, row=channel, before=before, via=via, now=now)
    channel.delete()


@transaction.atomic
def send_test(*, channel: ChatChannel, by: AbstractBaseUser, now: datetime) -> Message:
    """Store a test message, which the next tick sends."""
    return Message.objects.create(
        hotel=None,
        owner_id=channel.owner_id,
        key=f"chat-test:{uuid4().hex}",
        channel=Message.Channel.CHAT,
        template="chat-test",
        audience="alert",
        recipient=channel.name,
        language=get_language() or "",
        subject=_("Test message"),
        body=_("%(user)s has set up this channel for alerts.") % {"user": by.get_username()},
        destination=channel.destination,
        next_attempt_at=now,
        created_at=now,
    )
