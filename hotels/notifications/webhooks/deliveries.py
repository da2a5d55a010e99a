"""Deliveries: test events, and messages that are sent again, alone or those of a period."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import By, Verb, Via
from hotels.errors import ActionRefused
from hotels.models import Event, Message, WebhookEndpoint
from hotels.notifications.delivery import actions
from hotels.notifications.webhooks.access import covered
from hotels.notifications.webhooks.bodies import TEST, body_of_test

Status = Message.Status
# Ended without the receiver having it.
NOT_ACCEPTED = (Status.FAILED, Status.CANCELLED, Status.UNDELIVERABLE)
MOST_REPLAYED = 10_000
AUDIENCE = "program"
_BATCH = 500


@transaction.atomic
def send_test(*, endpoint: WebhookEndpoint, by: By, via: Via, now: datetime) -> Message:
    """Store a test event for the endpoint, also for one that is switched off; it is due now."""
    audit.record(by=by, verb=Verb.TEST, row=endpoint, via=via, now=now)
    return Message.objects.create(
        hotel=endpoint.hotel,
        owner=endpoint.owner if endpoint.hotel_id is None else None,
        key=f"webhook-test:{uuid.uuid4().hex}",
        channel=Message.Channel.WEBHOOK,
        template=TEST.name,
        audience=AUDIENCE,
        recipient=endpoint.host[:254],
        body=body_of_test(hotel_id=endpoint.hotel_id, now=now),
        endpoint=endpoint,
        destination=destination_of(endpoint),
        next_attempt_at=now,
        created_at=now,
    )


@transaction.atomic
def resend(*, message: Message, by: By, via: Via, now: datetime) -> Message:
    """Let a message be sent again now, with the same ID and body, and return the row.

    Raises ActionRefused as `hotels.notifications.delivery.actions.resend` does.
    """
    row = Message.objects.locked().get(pk=message.pk)
    return actions.resend(message=row, by=by, via=via, now=now)


@transaction.atomic
def replay(
    *,
    endpoint: WebhookEndpoint,
    since: datetime,
    until: datetime,
    accepted_too: bool = False,
    by: By,
    via: Via,
    now: datetime,
) -> int:
    """Send again what happened from `since` until before `until`; returns the number of messages.

    These are messages that the receiver did not accept, events the endpoint has chosen but never
    got, as while it was switched off, and with `accepted_too` those it accepted. IDs stay, so
    receivers notice repetitions.

    Raises ActionRefused when the endpoint is switched off, or there are more than 10,000 messages.
    """
    if not endpoint.active:
        raise ActionRefused(_("The endpoint is switched off. Switch it on first."))
    events = covered(endpoint, Event.objects.filter(occurred_at__gte=since, occurred_at__lt=until))
    stored = _stored(endpoint, events=events, accepted_too=accepted_too)
    never = (
        events.filter(type__in=endpoint.events)
        .exclude(pk__in=Message.objects.filter(endpoint=endpoint, event__in=events).values("event"))
        .order_by("pk")
    )
    if stored.count() + never.count() > MOST_REPLAYED:
        raise ActionRefused(_("There are more than 10,000 messages. Choose a shorter period."))
    count = _requeue(stored, now=now) + _create(endpoint, events=never, now=now)
    note = f"{since.astimezone(UTC):%Y-%m-%d %H:%M} to {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    audit.record(by=by, verb=Verb.RESEND, row=endpoint, via=via, note=note, now=now)
    return count


def destination_of(endpoint: WebhookEndpoint) -> str:
    """Return the key of the endpoint's destination."""
    return f"webhook:{endpoint.pk}"


def _stored(
    endpoint: WebhookEndpoint, *, events: QuerySet[Event], accepted_too: bool
) -> QuerySet[Message]:
    statuses = [*NOT_ACCEPTED, Status.SENT] if accepted_too else [*NOT_ACCEPTED]
    return Message.objects.filter(Q(endpoint=endpoint) & Q(event__in=events), status__in=statuses)


def _requeue(messages: QuerySet[Message], *, now: datetime) -> int:
    keys = list(messages.order_by().values_list("pk", flat=True))
    rows = list(Message.objects.filter(pk__in=keys).exclude(status=Status.SENDING).locked())
    for row in rows:
        actions.make_due(row, now=now)
    Message.objects.bulk_update(rows, actions.DUE_COLUMNS, batch_size=_BATCH)
    return len(rows)


def _create(endpoint: WebhookEndpoint, *, events: Iterable[Event], now: datetime) -> int:
    rows = [
        Message(
            hotel_id=event.hotel_id,
            key=f"{event.public_id.hex}:{endpoint.public_id.hex}",
            channel=Message.Channel.WEBHOOK,
            template=event.type,
            audience=AUDIENCE,
            recipient=endpoint.host[:254],
            event=event,
            endpoint=endpoint,
            about_model=event.about_model,
            about_id=event.about_id,
            destination=destination_of(endpoint),
            next_attempt_at=now,
            created_at=now,
        )
        for event in events
    ]
    Message.objects.bulk_create(rows, batch_size=_BATCH, ignore_conflicts=True)
    return len(rows)
