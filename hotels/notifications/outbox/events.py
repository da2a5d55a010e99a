"""Store events, and a message to each endpoint that listens."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Model, Q, QuerySet

from hotels.models import Event, Membership, Message, WebhookEndpoint
from hotels.notifications.outbox.event_types import type_of, type_of_class
from hotels.roles import ROLES, Action

BATCH = 500


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """Something that happened in a hotel: the class of `data` names the type.

    `key` is unique per hotel: the same event is stored once. `about` is the object, stored already.
    """

    hotel_id: int
    key: str
    data: object
    occurred_at: datetime
    about: Model | None = None


def publish(events: Iterable[NewEvent], *, now: datetime, cause: Model | None = None) -> int:
    """Store the events that an endpoint listens to, in the caller's transaction.

    Each active endpoint gets a message. Without an endpoint this costs one query and stores
    nothing. Returns the number of events stored. Raises KeyError for a payload of no type.
    """
    wanted = [(event, type_of(event.data)) for event in events]
    if not wanted:
        return 0
    listeners = _listeners({event.hotel_id for event, _ in wanted})
    rows: list[Event] = []
    heard: dict[Any, list[WebhookEndpoint]] = {}
    for event, kind in wanted:
        endpoints = [each for each in listeners.get(event.hotel_id, ()) if kind.name in each.events]
        if endpoints:
            row = _row(event, name=kind.name, version=kind.version)
            rows.append(row)
            heard[row.public_id] = endpoints
    stored = _stored(rows)
    Message.objects.bulk_create(
        (
            _message(event, endpoint, now=now, cause=cause)
            for event in stored
            for endpoint in heard[event.public_id]
            if endpoint.active
        ),
        batch_size=BATCH,
    )
    return len(stored)


def hotels_that_hear(
    *, hotel_ids: Collection[int], payloads: Collection[type[Any]]
) -> frozenset[int]:
    """The hotels in which an endpoint listens to one of the types; costs one query."""
    names = {type_of_class(payload).name for payload in payloads}
    return frozenset(
        hotel_id
        for hotel_id, endpoints in _listeners(hotel_ids).items()
        if any(names.intersection(endpoint.events) for endpoint in endpoints)
    )


def _stored(rows: list[Event]) -> list[Event]:
    """Store events; return those whose keys were new, with their primary keys."""
    if not rows:
        return []
    Event.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    keys = [row.public_id for row in rows]
    found = Event.objects.filter(public_id__in=keys).values_list("public_id", "pk")
    by_public_id = dict(found)
    stored = [row for row in rows if row.public_id in by_public_id]
    for row in stored:
        row.pk = by_public_id[row.public_id]
    return stored


def _row(event: NewEvent, *, name: str, version: int) -> Event:
    return Event(
        hotel_id=event.hotel_id,
        type=name,
        version=version,
        key=event.key,
        data=payload_json(event.data),
        about_model=event.about._meta.label_lower if event.about else "",
        about_id=event.about.pk if event.about else None,
        occurred_at=event.occurred_at,
    )


def _message(
    event: Event, endpoint: WebhookEndpoint, *, now: datetime, cause: Model | None
) -> Message:
    return Message(
        hotel_id=event.hotel_id,
        key=f"{event.public_id.hex}:{endpoint.public_id.hex}",
        channel=Message.Channel.WEBHOOK,
        template=event.type,
        audience="program",
        recipient=endpoint.host[:254],
        event=event,
        endpoint=endpoint,
        about_model=event.about_model,
        about_id=event.about_id,
        cause_model=cause._meta.label_lower if cause else "",
        cause_id=cause.pk if cause else None,
        destination=f"webhook:{endpoint.pk}",
        next_attempt_at=now,
        created_at=now,
    )


def _listeners(hotel_ids: Collection[int]) -> Mapping[int, list[WebhookEndpoint]]:
    """The endpoints that cover each hotel, also the disabled ones: they may be replayed later."""
    found: dict[int, list[WebhookEndpoint]] = defaultdict(list)
    of_owners: dict[int, list[WebhookEndpoint]] = defaultdict(list)
    managers = _managing(hotel_ids).order_by().values("user")
    hears = Q(owner__is_superuser=True) | Q(owner__in=managers)
    endpoints = WebhookEndpoint.objects.filter(
        Q(hotel_id__in=hotel_ids) | Q(hotel=None, owner__is_active=True) & hears
    )
    for endpoint in endpoints.order_by("pk"):
        if endpoint.hotel_id is not None:
            found[endpoint.hotel_id].append(endpoint)
        elif endpoint.owner_id is not None:
            of_owners[endpoint.owner_id].append(endpoint)
    for owner_id, hotel_id in _memberships(of_owners, hotel_ids=hotel_ids):
        found[hotel_id].extend(of_owners[owner_id])
    return found


def _memberships(owner_ids: Collection[int], *, hotel_ids: Collection[int]) -> set[tuple[int, int]]:
    """Pairs of an owner and a hotel that the owner manages now."""
    if not owner_ids:
        return set()
    owners = get_user_model().objects.filter(pk__in=owner_ids)
    superusers = owners.filter(is_superuser=True).values_list("pk", flat=True)
    members = _managing(hotel_ids).filter(user__in=owner_ids, user__is_superuser=False)
    everywhere = {(owner, hotel) for owner in superusers for hotel in hotel_ids}
    return everywhere | set(members.values_list("user_id", "hotel_id"))


def _managing(hotel_ids: Collection[int]) -> QuerySet[Membership]:
    """Memberships of users who manage the webhooks of these hotels."""
    return Membership.objects.filter(
        hotel_id__in=hotel_ids, active=True, role__in=ROLES[Action.INTEGRATE]
    )


def payload_json(value: Any) -> Any:
    """A payload as JSON data with keys in camelCase; dates and amounts are left to the encoder."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            camel_case(field.name): payload_json(getattr(value, field.name))
            for field in fields(value)
        }
    if isinstance(value, Mapping):
        return {key: payload_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [payload_json(item) for item in value]
    return value


def camel_case(name: str) -> str:
    """The name of a payload's field as it is sent: `roomName` for `room_name`."""
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)
