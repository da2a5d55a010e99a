"""The long test of the outbox: senders are killed while receivers and a mail server misbehave."""

import os
import tempfile
from pathlib import Path

from tests.bench import measuring
from tests.crash.databases import Databases
from tests.crash.killing_senders import Storm, send_with_kills

MESSAGES, KILLS = 2000, 100


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
