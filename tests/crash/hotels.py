"""Many small hotels: `python -m tests.crash.hotels COMMAND`.

build COUNT    create hotels with one room each and no availability yet
report         print availability and executions as JSON
finish         run ticks until nothing is pending, then print the report
"""

import json
import os
import sys
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from io import StringIO

import django

# The environment must be set before the project is imported.
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["JOBS_CONCURRENCY"] = "4"
django.setup()

from django.core.management import CommandError, call_command
from django.db.models import Count
from django.utils import timezone

from hotels.models import Hotel, Room, RoomType
from jobs import tick
from jobs.models import JobExecution, JobSchedule

JOB = "recalc-availability"


def build(count: int) -> None:
    """Create the hotels and run a first tick."""
    call_command("migrate", verbosity=0)
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
    tick.open_due(now=now)


def finish() -> None:
    """Run ticks late enough for retries to be due."""
    for minutes in (2, 4, 6):
        later = timezone.now() + timedelta(minutes=minutes)
        with suppress(CommandError):  # raised for executions whose worker died
            call_command(
                "run_due_jobs", as_of=later.isoformat(), stdout=StringIO(), stderr=StringIO()
            )


def report() -> dict[str, object]:
    """Return availability rows per hotel, and executions by status and failure kind."""
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
    """Run the command and print its result as JSON."""
    command, *rest = arguments
    if command == "build":
        build(int(rest[0]))
    else:
        if command == "finish":
            finish()
        sys.stdout.write(json.dumps(report()))


if __name__ == "__main__":
    main(sys.argv[1:])
