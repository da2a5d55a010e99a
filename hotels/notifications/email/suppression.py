"""Addresses to which a hotel sends no e-mail: they bounced, complained, or unsubscribed."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import By, Verb, Via
from hotels.models import Hotel, Message, SuppressedAddress
from hotels.models.scoping import HotelScopedQuerySet

DETAIL_KEPT = 300


def normalised(address: str) -> str:
    """The address as it is compared: in small letters, without spaces around it."""
    return address.strip().lower()[:254]


def why_suppressed(*, hotel: Hotel | None, address: str, kind: str) -> str:
    """The reason why no message of this kind goes to the address, in English; empty if one may."""
    if hotel is None:
        return ""
    found = SuppressedAddress.objects.filter(
        hotel=hotel, address=normalised(address), kind__in=["", kind]
    ).first()
    if found is None:
        return ""
    return f"The address is on the hotel's suppression list: {found.get_reason_display()}."


def suppressions_of(*, hotel_id: int, address: str) -> HotelScopedQuerySet[SuppressedAddress]:
    """The entries of a hotel's list about an address, one about all kinds of messages first."""
    rows: HotelScopedQuerySet[SuppressedAddress] = SuppressedAddress.objects.filter(
        hotel=hotel_id, address=normalised(address)
    )
    return rows.order_by("kind")


@transaction.atomic
def suppress(
    *,
    hotel: Hotel,
    address: str,
    reason: SuppressedAddress.Reason,
    kind: str = "",
    detail: str = "",
    now: datetime,
) -> SuppressedAddress:
    """Send the address nothing more, or nothing of one kind; the first reason is kept."""
    row, _new = SuppressedAddress.objects.get_or_create(
        hotel=hotel,
        address=normalised(address),
        kind=kind,
        defaults={"reason": reason, "detail": detail[:DETAIL_KEPT], "created_at": now},
    )
    return row


@transaction.atomic
def allow_again(*, row: SuppressedAddress, by: By, via: Via = Via.ADMIN, now: datetime) -> None:
    """Take the address off the list. Messages that were not sent meanwhile can be sent again."""
    audit.record(by=by, verb=Verb.DELETE, row=row, before=audit.snapshot(row), via=via, now=now)
    row.delete()


def report_bounce(
    *, message: Message, reason: SuppressedAddress.Reason, detail: str, now: datetime
) -> None:
    """Suppress the recipient of a message that came back, and show the message as failed.

    Messages about several hotels have no list: only the message itself says that it came back.
    """
    with transaction.atomic():
        if message.hotel is not None:
            suppress(
                hotel=message.hotel,
                address=message.recipient,
                reason=reason,
                kind=message.template if reason == SuppressedAddress.Reason.UNSUBSCRIBED else "",
                detail=detail,
                now=now,
            )
        if reason == SuppressedAddress.Reason.BOUNCED:
            sent = Message.objects.filter(pk=message.pk, status=Message.Status.SENT)
            came_back = _("The message came back: %(detail)s")
            sent.update(
                status=Message.Status.FAILED, reason=(came_back % {"detail": detail})[:DETAIL_KEPT]
            )
