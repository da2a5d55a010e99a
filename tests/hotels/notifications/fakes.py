"""A channel that answers as it is told, and rows for it to send."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from hotels.models import DeliveryAttempt, Hotel, Message, WebhookEndpoint
from hotels.notifications.delivery import Answer, Send
from hotels.notifications.outbox import event_type
from tests.factories import UserFactory

NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
Outcome = DeliveryAttempt.Outcome
SENT = Answer(outcome=Outcome.SENT, status=200)
DOWN = Answer(outcome=Outcome.RETRY, detail="No connection.", destination_failed=True)
BUSY = Answer(outcome=Outcome.RETRY, status=429, detail="Too many.")
GONE = Answer(outcome=Outcome.REFUSED, status=410, detail="Gone.")


@event_type("test.greeted", label="Greeted")
@dataclass(frozen=True, kw_only=True)
class Greeted:
    """The payload of a type that only tests know."""

    guest_name: str


class FakeChannel:
    """Sends nothing; answers each message with what `answer` returns for it."""

    name = "webhook"
    per_destination = 2

    def __init__(self, answer: Callable[[Message], Answer] = lambda message: SENT) -> None:
        self.answer = answer
        self.sent: list[Any] = []
        self.followed: list[Answer] = []
        self.waits: tuple[timedelta, ...] = (timedelta(minutes=1), timedelta(minutes=5))

    def prepare(self, message: Message, *, now: datetime) -> Send:
        def send() -> Answer:
            self.sent.append(message.public_id)
            return self.answer(message)

        return send

    def backoff(self, message: Message, *, answer: Answer) -> timedelta | None:
        return self.waits[message.attempts - 1] if message.attempts <= len(self.waits) else None

    def after(self, message: Message, *, answer: Answer, now: datetime) -> None:
        self.followed.append(answer)


def endpoint_of(hotel: Hotel | None, **columns: Any) -> WebhookEndpoint:
    if hotel is None:
        columns.setdefault("owner", UserFactory())
    defaults = {"url": "https://pms.example/hook", "events": ["test.greeted"], "created_at": NOW}
    return WebhookEndpoint.objects.create(hotel=hotel, **defaults | columns)


def message_of(hotel: Hotel, **columns: Any) -> Message:
    defaults = {
        "key": uuid4().hex,
        "channel": "webhook",
        "template": "test.greeted",
        "audience": "program",
        "destination": "webhook:1",
        "next_attempt_at": NOW,
        "created_at": NOW,
    }
    return Message.objects.create(hotel=hotel, **defaults | columns)
