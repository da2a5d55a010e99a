"""Bodies of webhooks, the same for all types: type, version, time, hotel, and the type's own data.

{"type": "invoice.issued", "version": 1, "timestamp": "2026-07-15T06:00:00Z", "hotelId": 7,
 "data": {…}}
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext_lazy as _

from hotels.models import Event
from hotels.models.messages import label_messages
from hotels.notifications.outbox import EventType


@dataclass(frozen=True, kw_only=True)
class EndpointTest:
    """A test event, which a user sends to see whether an endpoint receives."""

    text: str


# Not among the registered types: it is sent on request only, whatever an endpoint has chosen.
TEST = EventType(name="endpoint.test", label=_("Test event"), data=EndpointTest)
label_messages(TEST.name, TEST.label)


def body_of(event: Event) -> str:
    """Return the JSON text of an event."""
    return _text(
        kind=event.type,
        version=event.version,
        hotel_id=event.hotel_id,
        at=event.occurred_at,
        data=event.data,
    )


def body_of_test(*, hotel_id: int | None, now: datetime) -> str:
    """Return the JSON text of a test event; without a hotel for the endpoint of a person."""
    data = {"text": "This is a test event. Nothing happened in the hotel."}
    return _text(kind=TEST.name, version=TEST.version, hotel_id=hotel_id, at=now, data=data)


def _text(*, kind: str, version: int, hotel_id: int | None, at: datetime, data: Any) -> str:
    body = {
        "type": kind,
        "version": version,
        "timestamp": at.astimezone(UTC),
        "hotelId": hotel_id,
        "data": data,
    }
    return json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
