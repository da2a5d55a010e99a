"""Send an outbox with senders that are killed, and compare what arrived with what was stored."""

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg

from tests.crash.databases import python
from tests.crash.misbehaving import Accepted, mail_server, receiver
from tests.waiting import wait_until

deliveries = partial(python, "tests.crash.deliveries")

# Minutes pass between two senders: what waits is due, leases of the dead have expired, pauses end.
TIME_PASSES = (
    "UPDATE jobs_outboxmessage SET next_attempt_at = created_at WHERE status = 'WAITING'",
    "UPDATE jobs_outboxmessage SET lease_until = created_at WHERE status = 'SENDING'",
    "UPDATE hotels_destination SET paused_until = NULL, failures = 0",
)
LEFT = "SELECT count(*) FROM jobs_outboxmessage WHERE status IN ('WAITING', 'SENDING')"
SENDERS_AT_MOST = 40  # beyond those that are killed


@dataclass(frozen=True, kw_only=True)
class Storm:
    """What became of the messages: stored rows, accepted deliveries, senders killed and ended."""

    rows: list[dict[str, Any]]
    webhooks: Accepted
    mails: Accepted
    killed: int
    ended: int

    @property
    def ends(self) -> Counter[str]:
        """The number of messages by channel, behaviour and status."""
        return Counter(" ".join((r["channel"], r["behaviour"], r["status"])) for r in self.rows)

    def lost(self) -> list[str]:
        """IDs of messages that say they were sent and were not accepted, or the reverse."""
        webhooks = {key.removeprefix("msg_") for key in self.webhooks.times}
        wrong = [
            row["id"]
            for row in self.rows
            if row["channel"] == "webhook" and (row["id"] in webhooks) != (row["status"] == "SENT")
        ]
        mails = [row for row in self.rows if row["channel"] == "email" and row["status"] == "SENT"]
        if len(mails) != len(self.mails.times):
            wrong.append(f"{len(mails)} e-mails sent, {len(self.mails.times)} accepted")
        return wrong


def send_with_kills(url: str, *, messages: int, kills: int, seed: int) -> Storm:
    """Fill the outbox of a new database and send it; `kills` senders are killed at random."""
    chance = random.Random(seed)
    with receiver() as (address, webhooks, secrets), mail_server() as (email_url, mails):
        secrets |= json.loads(deliveries(url, "build", address, str(messages)))
        environment = os.environ | {
            "DATABASE_URL": url,
            "SECRET_KEY": "of-the-crash-test" * 4,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "EMAIL_URL": email_url,
            "WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
        }
        killed = ended = 0
        while ended < SENDERS_AT_MOST and _left(url):
            _time_passes(url)
            before = webhooks.requests + mails.requests
            with subprocess.Popen(
                [sys.executable, "manage.py", "send_messages", "--within", "60"],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ) as sender:
                if killed < kills:
                    wait_until(
                        lambda before=before, sender=sender: (
                            webhooks.requests + mails.requests > before or sender.poll() is not None
                        ),
                        what="the sender has sent something, or ended",
                    )
                    time.sleep(chance.uniform(0, 0.4))
                    sender.kill()
                code = sender.wait()
            killed += code < 0
            ended += code >= 0
        rows = json.loads(deliveries(url, "tell"))
    return Storm(rows=rows, webhooks=webhooks, mails=mails, killed=killed, ended=ended)


def _time_passes(url: str) -> None:
    _execute(url, *TIME_PASSES)


def _left(url: str) -> int:
    return int(_execute(url, LEFT))


def _execute(url: str, *statements: str) -> Any:
    """Run statements; the first value of the last one's result."""
    if url.startswith("sqlite:///"):
        with sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60) as database:
            cursors = [database.execute(statement) for statement in statements]
            row = cursors[-1].fetchone()
    else:
        with psycopg.connect(url) as server:
            cursors = [server.execute(statement) for statement in statements]  # type: ignore[call-overload]
            row = cursors[-1].fetchone() if cursors[-1].description else None
    return row[0] if row else None
