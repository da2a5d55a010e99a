"""JSON Schemas of webhooks."""

import importlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import pytest

from hotels.models import Event
from hotels.notifications.outbox import event_types
from hotels.notifications.outbox.events import payload_json
from hotels.notifications.webhooks.bodies import TEST, body_of, body_of_test
from hotels.notifications.webhooks.schema import (
    component_name,
    event_schema,
    schema_of,
    webhook_components,
    webhook_operations,
)
from tests.hotels.notifications.webhooks.conftest import KIND

pytestmark = pytest.mark.once


class Tone(Enum):
    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part."""

    room_name: str | None


@dataclass(frozen=True, kw_only=True)
class Whole:
    """Every kind of value
    that a payload has.

    More about it.
    """

    key: UUID
    amount: Decimal
    day: date
    at: datetime
    done: bool
    tone: Tone
    size: Literal["S", "M"]
    parts: tuple[Part, ...]
    counts: dict[str, int]


VALUE = Whole(
    key=UUID(int=1),
    amount=Decimal("-12.50"),
    day=date(2026, 7, 15),
    at=datetime(2026, 7, 15, 6),
    done=True,
    tone="high",
    size="M",
    parts=(Part(room_name=None), Part(room_name="101")),
    counts={"URGENT": 1},
)


@pytest.fixture
def jsonschema() -> Any:
    """The library, which takes seconds to import: not in every process that collects the tests."""
    return importlib.import_module("jsonschema")


def as_sent(value: object) -> object:
    event = Event(type="x", hotel_id=7, occurred_at=datetime.now().astimezone())
    event.data = payload_json(value)
    return json.loads(body_of(event))["data"]


def test_a_payload_as_it_is_sent_matches_its_schema(jsonschema: Any) -> None:
    schema = schema_of(Whole)

    jsonschema.validate(as_sent(VALUE), schema, cls=jsonschema.Draft202012Validator)
    assert schema["description"] == "Every kind of value that a payload has."
    assert schema["properties"]["parts"]["items"]["properties"]["roomName"] == {
        "anyOf": [{"type": "string"}, {"type": "null"}]
    }


@pytest.mark.parametrize(
    ("member", "wrong"),
    [("amount", 12.5), ("day", 5), ("tone", "mid"), ("size", "L"), ("parts", [{}])],
)
def test_another_value_does_not_match(member: str, wrong: object, jsonschema: Any) -> None:
    data = as_sent(VALUE) | {member: wrong}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema_of(Whole), cls=jsonschema.Draft202012Validator)


def test_a_type_that_no_payload_can_have_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot have values of <class 'object'>"):
        schema_of(object)


def test_every_registered_type_has_an_operation_and_a_schema() -> None:
    operations, components = webhook_operations(), webhook_components()

    assert set(operations) == {*event_types(), "endpoint.test"}
    assert set(components) == {component_name(kind) for kind in event_types().values()} | {
        "EndpointTestEvent"
    }
    body = operations[KIND]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/BellRungEvent"}
    assert components["BellRungEvent"]["properties"]["type"]["const"] == KIND


@pytest.mark.parametrize("hotel_id", [7, None])
def test_a_test_event_matches_its_schema(
    hotel_id: int | None, now: datetime, jsonschema: Any
) -> None:
    body = json.loads(body_of_test(hotel_id=hotel_id, now=now))

    jsonschema.validate(body, event_schema(TEST), cls=jsonschema.Draft202012Validator)
