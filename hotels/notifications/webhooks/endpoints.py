"""Endpoints of webhooks: set up, changed, given a new secret, switched off and on, and deleted.

The function that carries out an action records it in the audit trail. Who may do it is checked
before, by pages and API: `hotels.notifications.webhooks.access`.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hotels import audit
from hotels.audit import By, Verb, Via
from hotels.encryption import CannotDecrypt, decrypt, encrypt
from hotels.errors import ActionRefused
from hotels.models import Hotel, Message, WebhookEndpoint
from hotels.notifications.outbox import event_types
from hotels.notifications.webhooks.addresses import receivers_of
from hotels.notifications.webhooks.signing import new_secret
from hotels.notifications.webhooks.urls import Policy, UrlRefused, check_url

MOST = 25  # of one hotel, or of one person
SECRETS_OVERLAP = timedelta(hours=24)
# Stored with the endpoint and its messages, and translated where they are shown.
DISABLED_BY_USER = gettext_noop("Switched off by a user.")


class EndpointInvalid(ActionRefused):
    """A value of an endpoint is not valid. `field` names it; the message is for the user."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class NewSecret:
    """An endpoint and its new secret in clear, which is shown once."""

    endpoint: WebhookEndpoint
    secret: str


def current_policy() -> Policy:
    """Return which receivers the settings permit."""
    allowed = receivers_of(tuple(settings.WEBHOOK_ALLOWED_HOSTS))
    return Policy(allowed=allowed, plain_http=settings.DEBUG)


@transaction.atomic
def create_endpoint(
    *,
    hotel: Hotel | None,
    owner: AbstractBaseUser | None,
    url: str,
    events: Iterable[str],
    description: str = "",
    by: By,
    via: Via,
    now: datetime,
) -> NewSecret:
    """Store an endpoint of a hotel, or of an owner for all hotels they manage.

    Raises EndpointInvalid for a URL that is refused or wrong events, ActionRefused when the hotel
    or person has too many endpoints, ValueError unless exactly one of hotel and owner is given.
    """
    if (hotel is None) == (owner is None):
        raise ValueError("An endpoint belongs to a hotel or to a person.")
    holder: dict[str, Any] = {"hotel": hotel} if hotel else {"hotel": None, "owner": owner}
    if WebhookEndpoint.objects.filter(**holder).count() >= MOST:
        raise ActionRefused(
            _("There are %(most)d endpoints already. Delete one first.") % {"most": MOST}
        )
    secret = new_secret()
    endpoint = WebhookEndpoint(
        **holder,
        url=_checked_url(url),
        events=_checked_events(events),
        description=description,
        secret=encrypt(secret),
        created_by_id=None if isinstance(by, str) else by.pk,
        created_at=now,
    )
    endpoint.save(force_insert=True)
    _record(endpoint, verb=Verb.ADD, before=None, by=by, via=via, now=now)
    return NewSecret(endpoint=endpoint, secret=secret)


@transaction.atomic
def change_endpoint(
    *,
    endpoint: WebhookEndpoint,
    url: str | None = None,
    events: Iterable[str] | None = None,
    description: str | None = None,
    active: bool | None = None,
    by: By,
    via: Via,
    now: datetime,
) -> WebhookEndpoint:
    """Change what is given, and return the row. None leaves a value as it is.

    Switched off, what waits for the endpoint is cancelled; it can be replayed. Switched on, the
    endpoint counts as working again. Raises EndpointInvalid, WebhookEndpoint.DoesNotExist.
    """
    if active is False:
        # Before the endpoint is locked: messages come first. What is stored meanwhile is not sent.
        cancel_waiting(endpoint, reason=DISABLED_BY_USER, now=now)
    row = WebhookEndpoint.objects.locked().get(pk=endpoint.pk)
    before = audit.snapshot(row)
    if url is not None and url != row.url:
        row.url = _checked_url(url)
    if events is not None:
        row.events = _checked_events(events)
    if description is not None:
        row.description = description
    if active is True and not row.active:
        row.active, row.disabled_reason, row.disabled_at = True, "", None
        row.failing_since = None
    elif active is False and row.active:
        row.active, row.disabled_reason, row.disabled_at = False, DISABLED_BY_USER, now
    after = audit.snapshot(row)
    if after != before:
        row.save()
        _record(row, verb=Verb.CHANGE, before=before, by=by, via=via, now=now)
    return row


@transaction.atomic
def rotate_secret(*, endpoint: WebhookEndpoint, by: By, via: Via, now: datetime) -> NewSecret:
    """Give the endpoint a new secret; the previous one also signs for another 24 hours.

    Raises WebhookEndpoint.DoesNotExist.
    """
    row = WebhookEndpoint.objects.locked().get(pk=endpoint.pk)
    before = audit.snapshot(row)
    secret = new_secret()
    row.previous_secret, row.previous_secret_until = row.secret, now + SECRETS_OVERLAP
    row.secret = encrypt(secret)
    row.save(update_fields=["secret", "previous_secret", "previous_secret_until"])
    _record(row, verb=Verb.CHANGE, before=before, by=by, via=via, now=now)
    return NewSecret(endpoint=row, secret=secret)


@transaction.atomic
def delete_endpoint(*, endpoint: WebhookEndpoint, by: By, via: Via, now: datetime) -> None:
    """Delete the endpoint with its deliveries; what waits for it is not sent.

    Raises ActionRefused while one of them is being sent, WebhookEndpoint.DoesNotExist.
    """
    messages = Message.objects.filter(endpoint=endpoint).locked(exclusive=True)
    if Message.Status.SENDING in set(messages.values_list("status", flat=True)):
        raise ActionRefused(_("A message is being sent to it at this moment. Try again."))
    row = WebhookEndpoint.objects.locked(exclusive=True).get(pk=endpoint.pk)
    hidden = {"secret", "previous_secret", "previous_secret_until"}
    before = {name: value for name, value in audit.snapshot(row).items() if name not in hidden}
    audit.record(by=by, verb=Verb.DELETE, row=row, before=before, via=via, now=now)
    row.delete()


def secrets_of(endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
    """Return the secrets that sign now, the newest first. Raises CannotDecrypt."""
    found = [decrypt(endpoint.secret)]
    until = endpoint.previous_secret_until
    if endpoint.previous_secret and until is not None and now < until:
        with suppress(CannotDecrypt):  # the new one is enough
            found.append(decrypt(endpoint.previous_secret))
    return found


def cancel_waiting(endpoint: WebhookEndpoint, *, reason: str, now: datetime) -> None:
    """Cancel what waits to be sent to the endpoint, except test events."""
    waiting = Message.objects.filter(
        endpoint=endpoint, status=Message.Status.WAITING, event__isnull=False
    )
    waiting.update_in_order(
        status=Message.Status.CANCELLED, reason=reason, next_attempt_at=None, ended_at=now
    )


def _checked_url(url: str) -> str:
    try:
        return str(check_url(url.strip(), policy=current_policy()))
    except UrlRefused as refusal:
        raise EndpointInvalid("url", str(refusal)) from None


def _checked_events(events: Iterable[str]) -> list[str]:
    """Return the names without repetitions, in the order of the registered types."""
    chosen, known = set(events), event_types()
    unknown = sorted(chosen - set(known))
    if unknown:
        text = _("Unknown event type: %(name)s.") % {"name": unknown[0]}
        raise EndpointInvalid("events", text)
    if not chosen:
        raise EndpointInvalid("events", _("Choose at least one event."))
    return [name for name in known if name in chosen]


def _record(
    row: WebhookEndpoint, *, verb: Verb, before: Any, by: By, via: Via, now: datetime
) -> None:
    after = audit.snapshot(row)
    if before is None:
        after = {name: value for name, value in after.items() if "secret" not in name}
    audit.record(by=by, verb=verb, row=row, before=before, after=after, via=via, now=now)
