"""Nights of twenty hotels with killed workers: `python -m tests.crash.night COMMAND`.

    build                  create twenty hotels with their own schedules
    live DAYS KILLS SEED   simulate at least DAYS days; kill workers at random instants until
                           KILLS have been killed
    report FILE            write the data and the status of every slot to a JSON file

The database is DATABASE_URL. A worker is a forked process that runs one tick, as crontab does, and
may be killed with SIGKILL while it works. The next worker continues until nothing is pending; then
the simulation moves to the next instant. The instants do not depend on the kills, so the data must
not depend on them either.
"""

import json
import os
import random
import signal
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

# The environment must be set before the project is imported.
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["JOBS_CONCURRENCY"] = "2"
django.setup()

from django.conf import settings
from django.core.management import call_command

from hotels.demo.group import GROUP
from hotels.demo.loading import load_hotel
from hotels.models import Hotel, Invoice
from jobs import registry, tick
from jobs.models import JobExecution, JobSchedule, Status
from tests.crash.books import books

HOTELS = 20
# In the future, so that the backoff of a retry, which uses the real clock, is over at once.
BEGIN = datetime(2040, 3, 5, 3, 55, tzinfo=UTC)
# Far apart: a job that runs late because its worker died must find the same data.
OWN = {
    "daily-housekeeping": "0 4 * * *",
    "check-no-shows": "20 4,12,20 * * *",
    "generate-invoices": "40 6 * * *",
}
# Every other hotel uses the default schedules of these jobs, which the tick runs late.
MIXED = {"maintenance-schedule": "30 5 * * *", "recalc-availability": "50 4 * * *"}
MINUTES_OF_A_DAY = (4 * 60 + 1, 4 * 60 + 21, 4 * 60 + 51, 5 * 60 + 31, 6 * 60 + 41)
LATER = (12 * 60 + 21, 20 * 60 + 21, 24 * 60 + 6, 25 * 60 + 6)
IDLE, BUSY, FAILED = 0, 10, 20
ATTEMPTS = 20


def build() -> None:
    """Create twenty hotels around BEGIN, and run a first tick that finds nothing due."""
    call_command("migrate", verbosity=0)
    for n in range(HOTELS):
        plan = GROUP[n % len(GROUP)]
        hotel = load_hotel(replace(plan, code=f"{plan.code}-{n}"), now=BEGIN)
        for job_name, expression in (OWN | (MIXED if n % 2 else {})).items():
            JobSchedule.objects.create(
                hotel=hotel,
                job_name=job_name,
                expression=expression,
                clock=JobSchedule.Clock.UTC,
                attempts=ATTEMPTS,
                counts_from=BEGIN,
                created_at=BEGIN,
                updated_at=BEGIN,
            )
    tick.open_due(now=BEGIN)


def live(*, days: int, kills: int, seed: int) -> dict[str, int]:
    """Simulate the days; return the number of days and of workers killed and finished."""
    chance = random.Random(seed)
    counts = {"killed": 0, "finished": 0, "days": 0}
    usual = 0.05  # duration of the last worker that had work to do, in seconds
    while counts["days"] < days or counts["killed"] < kills:
        for instant in _instants(counts["days"]):
            code: int | None = BUSY
            while code != IDLE:
                wanted = counts["killed"] < kills and chance.random() < 0.9
                lifetime = chance.uniform(0, usual * 1.1) if wanted else None
                began = time.monotonic()
                code = _worker(instant, lifetime=lifetime)
                counts["killed" if code is None else "finished"] += 1
                if code == BUSY:
                    usual = time.monotonic() - began
                elif code not in (IDLE, None):
                    raise SystemExit(f"a worker ended with exit code {code} at {instant}")
        counts["days"] += 1
    return counts


def report() -> dict[str, object]:
    """Return the data of the hotels and the status of the executions."""
    ends = JobExecution.objects.filter(status__in=[Status.COMPLETED, Status.SKIPPED])
    return {
        "books": sorted(books().elements()),
        "unfinished": JobExecution.objects.filter(
            status__in=[Status.PENDING, Status.RUNNING]
        ).count(),
        "interrupted": JobExecution.objects.filter(failure_kind="interrupted").count(),
        "ends": sorted(
            f"{row.hotel.code} {row.job_name} {row.scheduled_for} {row.status}"
            for row in ends.select_related("hotel")
        ),
        "slots": JobExecution.objects.filter(attempt=1).count(),
        "gaps": _gaps(),
    }


def _instants(day: int) -> list[datetime]:
    midnight = BEGIN.replace(hour=0, minute=0) + timedelta(days=day)
    return [midnight + timedelta(minutes=n) for n in sorted((*MINUTES_OF_A_DAY, *LATER))]


def _worker(instant: datetime, *, lifetime: float | None) -> int | None:
    """Fork a worker and wait for its exit code; None if it was killed after `lifetime` seconds."""
    pid = os.fork()
    if pid == 0:
        os._exit(_run_tick(instant))
    if lifetime is None:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    end = time.monotonic() + lifetime
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return None if code == -signal.SIGKILL else code


def _run_tick(instant: datetime) -> int:
    """Run one tick in the worker process; return its exit code."""
    for name, job in list(registry._jobs.items()):
        registry._jobs[name] = replace(job, attempts=ATTEMPTS)
    try:
        result = tick.run_tick(now=instant, concurrency=settings.JOBS_CONCURRENCY)
    except Exception as error:  # noqa: BLE001  reported to the parent process
        sys.stderr.write(f"{instant}: {type(error).__name__}: {error}\n")
        return FAILED
    if result.failed:
        sys.stderr.write(f"{instant}: {[outcome.error for outcome in result.failed]}\n")
        return FAILED
    return BUSY if result.outcomes or result.closed else IDLE


def _gaps() -> list[str]:
    """Return the invoice series whose numbers are not 1, 2, 3 …"""
    wrong = []
    for hotel in Hotel.objects.all():
        rows = Invoice.objects.filter(hotel=hotel).order_by("sequence")
        numbers: dict[tuple[str, int], list[int]] = {}
        for row in rows:
            numbers.setdefault((row.kind, row.issue_date.year), []).append(row.sequence)
        wrong += [
            f"{hotel.code} {key}: {found}"
            for key, found in numbers.items()
            if found != list(range(1, len(found) + 1))
        ]
    return wrong


def main(arguments: list[str]) -> None:
    """Run the command."""
    command, *rest = arguments
    if command == "build":
        build()
    elif command == "live":
        days, kills, seed = map(int, rest)
        sys.stdout.write(json.dumps(live(days=days, kills=kills, seed=seed)))
    else:
        Path(rest[0]).write_text(json.dumps(report(), indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
