"""What runs on the machines of a network: `python -m tests.crash.machines COMMAND`.

    build HOTELS EMPTY   the tables, and so many hotels whose job is due once; each EMPTYth is empty
    live                 a worker, and a tick every other second, until SIGTERM
    tell                 what became of the executions and the guests, as JSON
    read                 a hotel is stored and looked for in a list; where it was read, as JSON

The job greets a guest in each hotel; the guest's name is that of the machine and of the attempt.
Hotels whose code begins with `empty` have nobody to greet. A machine may end as many hotels as its
file `NAME.quota` in FOLDER says; those it began beyond wait in the middle, their guest written and
not committed. `NAME.begun` there counts them, `NAME.ended` those it is done with in whatever way.
Whatever a worker has seen committed is noted in `acknowledged`. With SILENCE, a silent machine is
given up after seconds.
"""

import json
import os
import signal
import socket
import sys
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest import mock
from uuid import uuid4

import django

# The environment has to be said before anything of the project is imported.
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ |= {"JOBS_EXECUTOR": "queue", "JOBS_CONCURRENCY": "2", "JOBS_SHARD_SIZE": "10"}
django.setup()

from django.core.management import CommandError, call_command
from django.db import DatabaseError, InterfaceError, router
from django.db.models import Count, Max
from django.utils import timezone

from hotels import read_replica, worker_locks
from hotels.models import Guest, Hotel
from jobs import queue, registry, runner
from jobs.base import Job, JobContext
from jobs.models import JobExecution, Status, Tick
from jobs.runner import Outcome, session_limits
from jobs.worker import presence
from tests.jobs import fakes
from tests.waiting import wait_until

FOLDER = Path(os.environ.get("FOLDER", "/nowhere"))
NAME = socket.gethostname()
LATE = timedelta(minutes=10)
BETWEEN_TICKS = 2.0  # seconds
# What the server sets for itself, and what a short test puts in its place.
LONG = (("_idle', '10'", "_idle', '1'"), ("_interval', '5'", "_interval', '1'"))
LONG += (("_idle = 10", "_idle = 1"), ("_interval = 5", "_interval = 1"))
LONG += (("30000", "3000"),)

_begun = count()
_present = threading.local()


def greet(context: JobContext) -> fakes.Greetings:
    """Greet a guest, and wait in the middle while this machine has ended its quota."""
    number = next(_begun)
    _present.guest = ""
    if not context.hotel.code.startswith("empty"):
        _present.guest = f"{NAME} {uuid4()}"
        Guest.objects.create(hotel=context.hotel, name=_present.guest)
    (FOLDER / f"{NAME}.begun" / str(number)).write_text(_present.guest)
    wait_until(lambda: number < _quota(), what="the hotel may end")
    return fakes.Greetings(hotel_id=context.hotel.pk, guests_greeted=1, done=1)


def perform(*, execution: JobExecution, job: Job) -> Outcome:
    """Perform an execution, and note what was acknowledged to us."""
    _present.guest = ""
    try:
        outcome = _perform(execution=execution, job=job)
    finally:
        (FOLDER / f"{NAME}.ended" / str(execution.pk)).touch()
    if outcome.status == Status.COMPLETED and _present.guest:
        (FOLDER / "acknowledged" / _present.guest).touch()
    return outcome


_perform = runner.perform


def _quota() -> int:
    return int((FOLDER / f"{NAME}.quota").read_text() or "0")


def register() -> None:
    """Let `greet-guests` be the only job: due once a year, some minutes ago."""
    job = replace(
        fakes.make_job(greet),
        schedule=(FOLDER / "schedule").read_text(),
        backoff=timedelta(0),
        attempts=20,
        timeout=timedelta(minutes=10),
    )
    registry._jobs.clear()
    registry._jobs[job.name] = job
    if "SILENCE" in os.environ:
        for long, short in LONG:
            worker_locks._KEEP_ALIVE = worker_locks._KEEP_ALIVE.replace(long, short)
            session_limits._LIMITS = session_limits._LIMITS.replace(long, short)
        presence.BEAT = float(os.environ["SILENCE"])


def build(hotels: int, empty: int) -> None:
    """Make the tables and the hotels, as of a tick before the slot; each `empty`th is empty."""
    call_command("migrate", verbosity=0)
    Hotel.objects.bulk_create(
        Hotel(code=f"{'empty' if empty and n % empty == 0 else 'h'}{n}", name=f"Hotel {n}")
        for n in range(hotels)
    )
    at = timezone.now() - LATE
    Tick.objects.create(looked_until=at, ticked_at=at)
    due = at + timedelta(minutes=2)
    (FOLDER / "schedule").write_text(f"{due.minute} {due.hour} {due.day} {due.month} *")
    (FOLDER / "acknowledged").mkdir()


def live() -> None:
    """Be a machine with a worker and its own tick, until SIGTERM."""
    register()
    (FOLDER / f"{NAME}.ended").mkdir()
    (FOLDER / f"{NAME}.begun").mkdir()
    ticks = os.fork()
    if ticks == 0:
        _tick_again_and_again()
    try:
        with mock.patch.object(runner, "perform", perform):
            call_command("worker", stdout=sys.stderr)
    finally:
        os.kill(ticks, signal.SIGKILL)


def _tick_again_and_again() -> None:
    """As crontab starts them: each tick is a process, and one that fails harms no other.

    The first one waits for a worker: without any it would work all hotels itself.
    """
    pause = threading.Event()
    for number in count():
        pid = os.fork()
        if pid == 0:
            try:
                if number == 0:
                    wait_until(queue.is_attended, what="a worker is at work")
                call_command("run_due_jobs", scheduled=True, stdout=sys.stderr)
            except (CommandError, DatabaseError, InterfaceError) as error:
                sys.stderr.write(f"tick of {NAME}: {error}\n")
            os._exit(0)
        os.waitpid(pid, 0)
        pause.wait(BETWEEN_TICKS)


def tell() -> dict[str, Any]:
    """How the executions ended, how often each hotel was greeted, and what was promised."""
    rows = JobExecution.objects.all()
    completed = rows.filter(status=Status.COMPLETED).values("hotel").annotate(n=Count("pk"))
    names = set(Guest.objects.values_list("name", flat=True))
    promised = {file.name for file in (FOLDER / "acknowledged").iterdir()}
    of_hotels = Guest.objects.values("hotel").annotate(n=Count("pk"))
    return {
        "status": dict(Counter(rows.values_list("status", flat=True))),
        "kinds": dict(
            Counter(rows.exclude(failure_kind="").values_list("failure_kind", flat=True))
        ),
        "slots": rows.filter(attempt=1).count(),
        "completed_hotels": len(completed),
        "most_completed": completed.aggregate(most=Max("n"))["most"] or 0,
        "greeted": len(of_hotels),
        "most_greeted": of_hotels.aggregate(most=Max("n"))["most"] or 0,
        "by": dict(Counter(name.partition(" ")[0] for name in names)),
        "acknowledged": len(promised),
        "lost": len(promised - names),
    }


def read() -> dict[str, Any]:
    """Store a hotel and read it as lists are read; the database, what was found, and seconds."""
    code = uuid4().hex[:20]
    Hotel.objects.create(code=code, name=code)
    began = perf_counter()
    using, found = read_replica.read(
        lambda: (router.db_for_read(Hotel), Hotel.objects.filter(code=code).exists())
    )
    return {"using": using, "found": found, "seconds": perf_counter() - began}


def main(arguments: list[str]) -> None:
    """Do the command; `tell` and `read` print their answers as JSON."""
    command, *rest = arguments
    if command == "build":
        build(*map(int, rest))
    elif command == "live":
        live()
    else:
        sys.stdout.write(json.dumps(read() if command == "read" else tell()))


if __name__ == "__main__":
    main(sys.argv[1:])
