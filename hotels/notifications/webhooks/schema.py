"""JSON Schemas of webhooks, generated from the dataclasses of the registered event types."""

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from inspect import cleandoc
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from hotels.i18n import in_english
from hotels.notifications.outbox import EventType, camel_case, event_types
from hotels.notifications.webhooks.bodies import TEST

Schema = dict[str, Any]
_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Decimal: {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    UUID: {"type": "string", "format": "uuid"},
    type(None): {"type": "null"},
    Any: {},
}
_HEADERS = {
    "webhook-id": "ID of the message, the same at every attempt: use it to notice repetitions.",
    "webhook-timestamp": "Time of this attempt, in seconds since 1970.",
    "webhook-signature": "One or two signatures, separated by a space, each `v1,` and Base64.",
}


@in_english()
def webhook_operations() -> Schema:
    """Return the member `webhooks` of an OpenAPI 3.1 document: one POST for each event type."""
    return {each.name: {"post": _operation(each)} for each in _all_types()}


@in_english()
def webhook_components() -> Schema:
    """Return the schemas the operations refer to, by name of the component."""
    return {component_name(each): event_schema(each) for each in _all_types()}


def component_name(event: EventType) -> str:
    """Return the name of an event's schema: `InvoiceIssuedEvent` for `invoice.issued`."""
    return "".join(word.title() for word in event.name.replace(".", "_").split("_")) + "Event"


def event_schema(event: EventType) -> Schema:
    """Return the schema of the whole body of an event."""
    test = event is TEST
    hotel: Schema = {"type": ["integer", "null"] if test else "integer"}
    members: dict[str, Schema] = {
        "type": {"type": "string", "const": event.name},
        "version": {"type": "integer", "const": event.version},
        "timestamp": {**_PLAIN[datetime], "description": "When it happened."},
        "hotelId": hotel,
        "data": schema_of(event.data),
    }
    return {
        "type": "object",
        "description": str(event.label),
        "properties": members,
        "required": list(members),
    }


def schema_of(kind: Any) -> Schema:
    """Return the schema of values of a type, as they are written in a payload.

    Members may be added to objects later, so other members are not forbidden. Raises TypeError for
    a type that a payload cannot have.
    """
    if isinstance(kind, type) and is_dataclass(kind):
        return _object(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"type": "string", "enum": [member.value for member in kind]}
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(each) for each in arguments]}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return {"type": "array", "items": schema_of(arguments[0])}
    raise TypeError(f"A payload cannot have values of {kind!r}.")


def _object(kind: type[Any]) -> Schema:
    hints = get_type_hints(kind)
    properties = {camel_case(field.name): schema_of(hints[field.name]) for field in fields(kind)}
    return {
        "type": "object",
        "description": cleandoc(kind.__doc__ or "").partition("\n\n")[0].replace("\n", " "),
        "properties": properties,
        "required": list(properties),
    }


def _operation(event: EventType) -> Schema:
    parameters = [
        {
            "name": name,
            "in": "header",
            "required": True,
            "description": description,
            "schema": {"type": "string"},
        }
        for name, description in _HEADERS.items()
    ]
    reference = {"$ref": f"#/components/schemas/{component_name(event)}"}
    return {
        "operationId": f"receive{component_name(event)}",
        "tags": ["webhooks"],
        "summary": str(event.label),
        "description": "Sent to the endpoints that have chosen this event, at least once.",
        "parameters": parameters,
        "requestBody": {"required": True, "content": {"application/json": {"schema": reference}}},
        "responses": {
            "2XX": {"description": "Accepted. Any other answer is tried again."},
            "410": {"description": "No more, please: the endpoint is switched off."},
        },
    }


def _all_types() -> list[EventType]:
    return [*event_types().values(), TEST]
