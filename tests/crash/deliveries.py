"""Senders killed at random instants while receivers and a mail server misbehave.

    python -m tests.crash.deliveries build RECEIVER MESSAGES    a hotel, its endpoints, its messages
    python -m tests.crash.deliveries tell                       what became of them, as JSON

Each behaviour of the receiver is a path and an endpoint: `ok`, `flaky`, `hang`, `redirect`, `busy`
and `gone`. E-mails go to addresses with these names in front of the @.
"""

import json
import os
import sys
from datetime import UTC, datetime

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["WEBHOOK_ALLOWED_HOSTS"] = "127.0.0.1"
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from hotels.audit import Via
from hotels.models import Hotel, Message
from hotels.notifications.outbox import NewEvent, NewMail, payloads, publish, queue_mails
from hotels.notifications.webhooks.endpoints import create_endpoint

BEHAVIOURS = ("ok", "flaky", "hang", "redirect", "busy", "gone")
MAILS = ("ok", "flaky", "hang", "gone")


def build(receiver: str, count: int) -> dict[str, str]:
    """A hotel with an endpoint for each behaviour, and so many messages; the endpoints' secrets."""
    call_command("migrate", verbosity=0)
    now = timezone.now()
    hotel = Hotel.objects.create(code="inn", name="Inn", email="desk@inn.example")
    user = User.objects.create(username="operator", is_superuser=True)
    secrets = {
        behaviour: create_endpoint(
            hotel=hotel,
            owner=None,
            url=f"{receiver}/{behaviour}",
            events=["housekeeping.round.completed"],
            by=user,
            via=Via.ADMIN,
            now=now,
        ).secret
        for behaviour in BEHAVIOURS
    }
    rounds = count // 2 // len(BEHAVIOURS)
    day = datetime(2026, 7, 15, tzinfo=UTC).date()
    publish(
        [
            NewEvent(
                hotel_id=hotel.pk,
                key=f"round:{n}",
                data=payloads.HousekeepingRoundCompleted(
                    date=day, tasks_created=n, tasks_assigned=n, unassigned=0
                ),
                occurred_at=now,
            )
            for n in range(rounds)
        ],
        now=now,
    )
    queue_mails(
        [
            NewMail(
                hotel_id=hotel.pk,
                key=f"mail:{n}",
                template="notice",
                audience="front desk",
                recipient=f"{MAILS[n % len(MAILS)]}@inn.example",
                subject=f"Notice {n}",
                body=f"This is notice {n}.",
            )
            for n in range(count - rounds * len(BEHAVIOURS))
        ],
        now=now,
    )
    return secrets


def tell() -> list[dict[str, object]]:
    """Channel, behaviour, public ID, status and number of attempts of each message."""
    rows = Message.objects.select_related("endpoint").order_by("pk")
    return [
        {
            "channel": row.channel,
            "behaviour": (
                row.endpoint.url.rpartition("/")[2]
                if row.endpoint
                else row.recipient.partition("@")[0]
            ),
            "id": row.public_id.hex,
            "status": row.status,
            "attempts": row.delivery_attempts.count(),
        }
        for row in rows
        if row.template in ("notice", "housekeeping.round.completed")
    ]


def main(arguments: list[str]) -> None:
    """Do the command and print its answer as JSON."""
    command, *rest = arguments
    answer = build(rest[0], int(rest[1])) if command == "build" else tell()
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
