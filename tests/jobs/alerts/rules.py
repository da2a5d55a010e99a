"""Rules, and what they send, for the tests of alerts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from hotels.models import Hotel, Message
from jobs.models import AlertRule
from tests.factories import MembershipFactory

OPS = "ops@hotels.example"


def rule_of(owner: User, *hotels: Hotel, kind: str = "failed", **columns: Any) -> AlertRule:
    """A rule for these hotels, or for all of the owner's without any."""
    defaults: dict[str, Any] = {
        "name": "Night",
        "emails": [OPS],
        "all_hotels": not hotels,
        "site": "https://pms.example",
        "created_at": datetime.fromisoformat("2026-07-01T00:00:00+00:00"),
    }
    rule = AlertRule.objects.create(owner=owner, kind=kind, **defaults | columns)
    rule.hotels.set(hotels)
    return rule


def manager_of(*hotels: Hotel) -> User:
    """A person who manages these hotels."""
    user: User = MembershipFactory(hotel=hotels[0]).user
    for hotel in hotels[1:]:
        MembershipFactory(hotel=hotel, user=user)
    return user


def subjects(messages: Iterable[Message] | None = None) -> list[str]:
    """The subjects of all messages, the oldest first."""
    rows = Message.objects.order_by("pk") if messages is None else messages
    return [row.subject for row in rows]
