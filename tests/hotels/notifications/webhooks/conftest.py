"""Fixtures of the tests of webhooks: an event type of their own, endpoints, events."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.conf import LazySettings

from hotels.audit import Via
from hotels.models import Hotel, Message, WebhookEndpoint
from hotels.notifications.outbox import EventType, NewEvent, publish
from hotels.notifications.outbox.event_types import _by_class, _by_name
from hotels.notifications.webhooks.endpoints import NewSecret, create_endpoint
from tests.factories import UserFactory

KIND = "bell.rung"
URL = "https://hooks.hotel.example/in"


@dataclass(frozen=True, kw_only=True)
class BellRung:
    """Somebody rang the bell."""

    ring_count: int


@pytest.fixture(autouse=True)
def _own_event_type(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = EventType(name=KIND, label="Bell rung", data=BellRung)
    monkeypatch.setitem(_by_name, KIND, kind)
    monkeypatch.setitem(_by_class, BellRung, kind)


@pytest.fixture(autouse=True)
def _public_receivers_only(settings: LazySettings) -> None:
    settings.WEBHOOK_ALLOWED_HOSTS = []


@pytest.fixture
def made(hotel: Hotel, now: datetime) -> NewSecret:
    """A new endpoint of `hotel` with its secret."""
    return make_endpoint(hotel=hotel, now=now)


@pytest.fixture
def endpoint(made: NewSecret) -> WebhookEndpoint:
    """An endpoint of `hotel`."""
    return made.endpoint


def make_endpoint(*, now: datetime, **options: Any) -> NewSecret:
    given = {"hotel": None, "owner": None, "url": URL, "events": [KIND], "via": Via.API} | options
    return create_endpoint(**{"by": given["owner"] or UserFactory(), "now": now} | given)


def ring(hotel: Hotel, *, now: datetime, count: int = 1) -> list[Message]:
    """Publish an event of the hotel; the messages it made."""
    event = NewEvent(
        hotel_id=hotel.pk,
        key=f"bell:{count}:{now}",
        data=BellRung(ring_count=count),
        occurred_at=now,
    )
    publish([event], now=now)
    return list(Message.objects.filter(event__key=event.key).order_by("pk"))
