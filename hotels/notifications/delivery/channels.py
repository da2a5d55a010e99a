"""Channels: the ways a message is sent, such as e-mail and webhooks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, cast

from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from hotels.models import DeliveryAttempt, Message

Outcome = DeliveryAttempt.Outcome


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The end of one attempt.

    `status` is the receiver's code (HTTP, SMTP), `detail` one sentence. `request` holds headers
    without secrets, `response` the first characters of the answer. `retry_after` is the wait the
    receiver asked for. `destination_failed` says that the destination itself is in trouble (no
    connection, time-out), so that other messages would fail there as well.
    """

    outcome: Outcome
    status: int | None = None
    detail: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    response: str = ""
    retry_after: timedelta | None = None
    destination_failed: bool = False


Send = Callable[[], Answer]


class Unsendable(Exception):
    """A message that can never be sent; the text says why."""


class Channel(Protocol):
    """A way to send messages. `per_destination` messages at most are under way at once."""

    name: str
    per_destination: int

    def prepare(self, message: Message, *, now: datetime) -> Send:
        """Make a message ready and return what sends it.

        `prepare` may use the database. What it returns runs in another thread: it uses the network
        only, and ends within a minute. Raises Unsendable.
        """

    def backoff(self, message: Message, *, answer: Answer) -> timedelta | None:
        """The wait before the next attempt; None if `message.attempts` were the last."""

    def after(self, message: Message, *, answer: Answer, now: datetime) -> None:
        """Do what follows from an attempt, in the transaction that records it."""


_channels: dict[str, Channel] = {}


def register_channel(channel: Channel) -> None:
    """Send messages of `channel.name` with this channel from now on."""
    _channels[channel.name] = channel


def register_channel_class(*, name: str, path: str) -> None:
    """Send messages of the channel `name` with the class at the dotted path `path`.

    It is imported for the first message: a process that cron starts mostly sends none, and needs
    neither templates nor PDFs.
    """
    _channels[name] = cast("Channel", SimpleLazyObject(lambda: import_string(path)()))


def channels() -> Mapping[str, Channel]:
    """The registered channels by name."""
    return _channels
