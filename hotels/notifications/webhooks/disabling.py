"""Endpoints that no longer receive are switched off, and the person in charge gets a notice."""

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext_noop

from hotels.i18n import in_english
from hotels.models import Membership, WebhookEndpoint
from hotels.notifications.outbox import NewMail, queue_mails
from hotels.notifications.webhooks.endpoints import cancel_waiting

LONGEST_FAILURE = timedelta(days=5)
GONE = gettext_noop("The receiver answered with 410: it does not want any more.")
FAILED_TOO_LONG = gettext_noop("No message was accepted for five days.")


def mark_working(endpoint: WebhookEndpoint) -> None:
    """End the period of failure of an endpoint that has accepted a message."""
    failing = WebhookEndpoint.objects.filter(pk=endpoint.pk, failing_since__isnull=False)
    failing.update(failing_since=None)


def disable_failing(endpoint: WebhookEndpoint, *, gone: bool, now: datetime) -> None:
    """Count a failed attempt; switch the endpoint off if it is gone or has failed for five days.

    Call it in the transaction that holds the endpoint's destination.
    """
    row = WebhookEndpoint.objects.filter(pk=endpoint.pk).first()
    if row is None:
        return
    since = row.failing_since or now
    stored = WebhookEndpoint.objects.filter(pk=row.pk)
    if not row.active or not (gone or now - since >= LONGEST_FAILURE):
        if row.failing_since is None:
            stored.update(failing_since=now)
        return
    reason = GONE if gone else FAILED_TOO_LONG
    cancel_waiting(row, reason=reason, now=now)
    switched_off = stored.filter(active=True).update(
        active=False, disabled_at=now, disabled_reason=reason, failing_since=since
    )
    if switched_off:
        _notify(row, reason=reason, now=now)


@in_english()
def _notify(endpoint: WebhookEndpoint, *, reason: str, now: datetime) -> None:
    """Queue a mail to the owner of the endpoint, or to the user who set it up."""
    user = endpoint.owner or endpoint.created_by
    hotel_id = endpoint.hotel_id or _any_hotel_of(user)
    if user is None or hotel_id is None:
        return  # the console shows it: the endpoint is off, with the reason
    text = (
        f"The webhook endpoint {endpoint.url} was switched off.\n\n{reason}\n\n"
        "Mend the receiver, switch the endpoint on again, and replay what it missed."
    )
    mail = NewMail(
        hotel_id=hotel_id,
        key=f"webhook-disabled:{endpoint.public_id.hex}:{now:%Y%m%d%H%M%S}",
        template="webhook-disabled",
        audience="manager",
        recipient=str(getattr(user, "email", "")),
        name=user.get_username(),
        subject="Webhook endpoint switched off",
        body=text,
        variables={"url": endpoint.url, "reason": reason},
        about=endpoint,
    )
    queue_mails([mail], now=now)


def _any_hotel_of(user: AbstractBaseUser | None) -> int | None:
    """Return the first hotel of the user: a mail is one hotel's, although it is about several."""
    if user is None:
        return None
    own = Membership.objects.filter(user_id=user.pk, active=True).order_by("hotel_id")
    return own.values_list("hotel_id", flat=True).first()
