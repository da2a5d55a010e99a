"""Real workers of the queue for benchmarks, and what they and the database use.

`python -m tests.bench.worker_processes` is `manage.py worker` that also knows the empty job.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import django
import psutil
from django.conf import settings
from django.db import connection

PROGRAM = "tests.bench.worker_processes"
# Who computes waits for nothing.
COMPUTING = "computing"


@dataclass
class Use:
    """Processor seconds and bytes of WAL of some work, and what the database was seen to wait for.

    `waits` counts sessions of the workers that were active, by what they waited for.
    """

    workers: float = 0.0
    database: float = 0.0
    wal: int = 0
    waits: Counter[str] = field(default_factory=Counter)


@contextmanager
def workers(processes: int) -> Iterator[psutil.Process]:
    """Run `manage.py worker` with so many processes; each works one hotel at a time."""
    from jobs.models import WorkerProcess
    from tests.waiting import wait_until

    options = ["--processes", str(processes), "--concurrency", "1"]
    environment = os.environ | {"JOBS_EXECUTOR": "queue", "PYTHONWARNINGS": "ignore"}
    started = subprocess.Popen(
        [sys.executable, "-m", PROGRAM, *options],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # a line for each execution
    )
    try:
        wait_until(
            lambda: len(WorkerProcess.objects.at_work()) == processes, what="the workers have begun"
        )
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait()


@contextmanager
def used(supervisor: psutil.Process, *, use: Use) -> Iterator[None]:
    """Add to `use` what the workers and the database use during the block."""
    server = _server()
    before = _seconds(supervisor), _seconds(server), _wal_position()
    yield
    use.workers += _seconds(supervisor) - before[0]
    use.database += _seconds(server) - before[1]
    use.wal += _wal_position() - before[2]


def look_at_waits(use: Use) -> None:
    """Count what each active session of the database waits for at the moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(wait_event_type || ' ' || wait_event, %s) FROM pg_stat_activity"
            " WHERE state = 'active' AND pid <> pg_backend_pid() AND datname = current_database()",
            [COMPUTING],
        )
        use.waits.update(event for (event,) in cursor.fetchall())


def memory(supervisor: psutil.Process) -> int:
    """Bytes of memory that the worker processes hold and share with nobody."""
    return sum(child.memory_full_info().uss for child in supervisor.children())


def _server() -> psutil.Process:
    """The process that has started the one of our session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    parent = psutil.Process(pid).parent()
    assert parent is not None
    return parent


def _seconds(process: psutil.Process) -> float:
    """Processor seconds of a process and its children, those that ended too."""
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        times = each.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _wal_position() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")
        (position,) = cursor.fetchone()
    return int(position)


def main(options: list[str]) -> None:
    """Work the queue."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.core.management import call_command

    from tests.bench import executing

    with executing.empty_job():
        call_command("worker", *options)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    main(sys.argv[1:])
