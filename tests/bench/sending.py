"""The long tests of the outbox: senders that are killed, and several senders of a long backlog."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.contrib.auth.models import User
from django.test import override_settings
from django.utils import timezone

from hotels.audit import Via
from hotels.models import Hotel, Message
from hotels.notifications.webhooks.endpoints import create_endpoint
from tests.bench import group, measuring
from tests.crash.databases import Databases
from tests.crash.killing_senders import Storm, send_with_kills
from tests.crash.misbehaving import Accepted, receiver

MESSAGES, KILLS = 2000, 100
BACKLOG, SECONDS = 100_000, 20
TYPE = "housekeeping.round.completed"


def run() -> None:
    """Run on SQLite and PostgreSQL; a lost message raises AssertionError."""
    for vendor in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder:
            databases = Databases(Path(folder), vendor=vendor)
            try:
                seed = int(os.environ.get("CRASH_SEED", "7"))
                url = databases.url("books")
                _report(vendor, send_with_kills(url, messages=MESSAGES, kills=KILLS, seed=seed))
            finally:
                databases.drop()


def _report(vendor: str, storm: Storm) -> None:
    assert storm.killed == KILLS, f"{storm.killed} senders killed, {KILLS} wanted"
    assert storm.lost() == [], storm.lost()
    assert not storm.webhooks.wrong_signatures, "wrong signatures"
    assert all(len(bodies) == 1 for bodies in storm.webhooks.bodies.values()), "bodies differ"
    arrived = len(storm.webhooks.times) + len(storm.mails.times)
    repeated = storm.webhooks.duplicates + storm.mails.duplicates
    ends = ", ".join(f"{end} {count:,}" for end, count in sorted(storm.ends.items()))
    measuring.console.print(
        f"{vendor}: {len(storm.rows):,} messages, {storm.killed} senders killed, {storm.ended} "
        f"ended; {arrived:,} arrived, {repeated:,} repeated with the same ID, none lost; {ends}"
    )


@override_settings(WEBHOOK_ALLOWED_HOSTS=["127.0.0.1"])
def run_backlog() -> None:
    """Send a long backlog to one receiver, by one process and by four; each message arrives once.

    Raises AssertionError where one arrives twice, or the senders' numbers do not add up.
    """
    (hotel,) = group.hotels(1)
    Hotel.objects.update(is_sandbox=False)
    operator = User.objects.create(username="operator", is_superuser=True)
    with receiver() as (address, accepted, secrets):
        created = create_endpoint(
            hotel=hotel,
            owner=None,
            url=f"{address}/ok",
            events=[TYPE],
            by=operator,
            via=Via.ADMIN,
            now=timezone.now(),
        )
        secrets["ok"] = created.secret
        now = timezone.now()
        Message.objects.bulk_create(
            (
                Message(
                    hotel=hotel,
                    key=f"backlog:{n}",
                    channel=Message.Channel.WEBHOOK,
                    template=TYPE,
                    audience="program",
                    endpoint=created.endpoint,
                    destination=f"webhook:{created.endpoint.pk}",
                    body="{}",
                    next_attempt_at=now,
                    created_at=now,
                )
                for n in range(BACKLOG)
            ),
            batch_size=2000,
        )
        for senders in (1, 4):
            _send_backlog(senders, accepted=accepted)


def _send_backlog(senders: int, *, accepted: Accepted) -> None:
    before, used = len(accepted.times), os.times()
    began = time.perf_counter()
    told = [json.loads(sender.communicate()[0]) for sender in [_sender() for _ in range(senders)]]
    took = time.perf_counter() - began
    arrived = len(accepted.times) - before
    now = os.times()
    processor = now.children_user + now.children_system - used.children_user - used.children_system
    assert accepted.duplicates == 0, f"{accepted.duplicates} messages arrived twice"
    assert sum(each["sent"] for each in told) == arrived, (told, arrived)
    assert Message.objects.filter(status=Message.Status.SENT).count() == len(accepted.times)
    measuring.console.print(
        f"{BACKLOG:,} messages due at one receiver, {senders} senders: {arrived / took:,.0f} a "
        f"second, each once, {processor / arrived * 1000:.1f} ms of processor time for each; "
        f"by sender {[each['sent'] for each in told]}"
    )


def _sender() -> "subprocess.Popen[str]":
    command = [sys.executable, "manage.py", "send_messages", "--json", "--within", str(SECONDS)]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
    }
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
