"""The types of events, each with the dataclass of its payload.

    @event_type("no_show.recorded", label=_("No-show recorded"))
    @dataclass(frozen=True, kw_only=True)
    class NoShowRecorded: ...

A payload's fields are published: a field may be added, but one that changes its meaning or goes
needs a new `version`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from hotels.models.messages import label_messages

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, kw_only=True)
class EventType:
    """A type of events: its name, its label, and the dataclass of its payload."""

    name: str
    label: "_StrOrPromise"
    data: type[Any]
    version: int = 1


Payload = TypeVar("Payload", bound=type[Any])

_by_name: dict[str, EventType] = {}
_by_class: dict[type[Any], EventType] = {}


def event_type(
    name: str, *, label: "_StrOrPromise", version: int = 1
) -> Callable[[Payload], Payload]:
    """Register a dataclass as the payload of an event type.

    Raises ValueError for a class that is no dataclass, and for a name that is registered already.
    """

    def register(data: Payload) -> Payload:
        if not is_dataclass(data):
            raise ValueError(f"The payload of {name!r} must be a dataclass.")
        if name in _by_name:
            raise ValueError(f"The event type {name!r} is already registered.")
        registered = EventType(name=name, label=label, data=data, version=version)
        _by_name[name] = _by_class[data] = registered
        label_messages(name, label)
        return data

    return register


def event_types() -> Mapping[str, EventType]:
    """All types, by name in alphabetical order."""
    return dict(sorted(_by_name.items()))


def type_of_class(data: type[Any]) -> EventType:
    """The type with a payload class; raises KeyError for another class."""
    return _by_class[data]


def type_of(payload: object) -> EventType:
    """The type of a payload; raises KeyError for an object of another class."""
    return _by_class[type(payload)]
