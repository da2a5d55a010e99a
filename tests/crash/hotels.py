"""Many small hotels: `python -m tests.crash.hotels COMMAND`.

build COUNT           hotels with a room each, all in need of their availability
manage FOLDER FREE …  manage.py with the further arguments; FREE hotels are worked, and each that is
                      begun after them waits while there is a file `held` in FOLDER and no SIGTERM
                      was noticed: it makes a file `CODE.begun`
tell                  what every hotel has, and how the executions ended, as JSON
finish                ticks, as crontab sends them, until nothing waits; then as `tell`
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from itertools import count
from pathlib import Path

import django

# The environment has to be said before anything of the project is imported.
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["JOBS_CONCURRENCY"] = "4"
django.setup()

from django.core.management import CommandError, call_command
from django.db.models import Count
from django.utils import timezone

from hotels.models import Hotel, Room, RoomType
from jobs import registry
from jobs.base import JobContext, JobResult
from jobs.cli import signals
from jobs.models import JobExecution, JobSchedule
from jobs.scheduling.opening import open_due
from pms.command_line import execute
from tests.waiting import wait_until

JOB = "recalc-availability"


def build(count: int) -> None:
    """The hotels, and a first tick."""
    hotels = Hotel.objects.bulk_create(
        Hotel(code=f"hotel-{n:03d}", name=f"Hotel {n}") for n in range(count)
    )
    types = RoomType.objects.bulk_create(
        RoomType(hotel=hotel, code="STD", name="Standard") for hotel in hotels
    )
    Room.objects.bulk_create(Room(hotel=kind.hotel, room_type=kind, number="101") for kind in types)
    now = timezone.now()
    JobSchedule.objects.bulk_create(
        JobSchedule(
            hotel=hotel,
            job_name=JOB,
            expression="0 0 29 2 *",  # not while the test runs
            counts_from=now,
            created_at=now,
            updated_at=now,
        )
        for hotel in hotels
    )
    open_due(now=now)


def manage(folder: Path, free: int, arguments: list[str]) -> None:
    """Run a command of manage.py in which hotels are held."""
    job, on_sigterm, numbers = registry.get(JOB), signals.on_sigterm, count()
    stops: list[Callable[[], bool]] = []

    @contextmanager
    def noting() -> Iterator[Callable[[], bool]]:
        with on_sigterm() as stop:
            stops.append(stop)
            yield stop

    def service(context: JobContext) -> JobResult:
        if next(numbers) >= free:
            (folder / f"{context.hotel.code}.begun").touch()
            wait_until(
                lambda: not (folder / "held").exists() or any(stop() for stop in stops),
                what=f"{context.hotel.code} is let go",
            )
        return job.service(context)

    registry._jobs[JOB] = replace(job, service=service)
    signals.on_sigterm = noting
    execute(["manage.py", *arguments])


def finish() -> None:
    """Ticks that are later than the backoff of a retry."""
    for minutes in (2, 4, 6):
        later = timezone.now() + timedelta(minutes=minutes)
        with suppress(CommandError):  # it tells of dead workers it found
            call_command(
                "run_due_jobs", as_of=later.isoformat(), stdout=StringIO(), stderr=StringIO()
            )


def tell() -> dict[str, object]:
    """Rows of availability by hotel, and executions by status and kind of failure."""
    rows = Hotel.objects.annotate(nights=Count("availability"))
    executions = JobExecution.objects.filter(job_name=JOB)
    ended = executions.values_list("status", "failure_kind")
    completed = executions.filter(status="COMPLETED").values_list("hotel", flat=True)
    return {
        "nights": dict(Counter(rows.values_list("nights", flat=True))),
        "ends": Counter(" ".join(filter(None, end)) for end in ended),
        "completed_twice": [key for key, n in Counter(completed).items() if n > 1],
        "errors": sorted(set(executions.values_list("error", flat=True)) - {""}),
    }


def main(arguments: list[str]) -> None:
    """Do the command and print its answer as JSON."""
    command, *rest = arguments
    if command == "build":
        build(int(rest[0]))
    elif command == "manage":
        manage(Path(rest[0]), int(rest[1]), rest[2:])
    else:
        if command == "finish":
            finish()
        sys.stdout.write(json.dumps(tell()))


if __name__ == "__main__":
    main(sys.argv[1:])
