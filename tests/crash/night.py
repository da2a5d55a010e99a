"""Nights of hotels in which the worker keeps dying: `python -m tests.crash.night COMMAND`.

    build HOTELS           the books of so many hotels, each with schedules of its own
    live DAYS KILLS SEED [OUTAGES HANGS CLOCKS]
                           go through at least so many days; at random instants workers are killed,
                           lose their power or hang, until so many did; at CLOCKS instants four
                           ticks begin at once on machines whose clocks are an hour apart
    beat INSTANT           one tick as a process of its own; exits with its code
    report FILE            the books, and what became of every slot, as JSON

The database is DATABASE_URL. A worker is a forked process that beats the tick once, as crontab
would have it, and is killed with SIGKILL while it works. After a death the next one goes on, until
nothing waits; then comes the next instant. Instants are the same whatever dies: the books must be.

After an outage the server is not told that its connections ended: they go through a proxy that
swallows all that comes. A worker that hangs goes on when others have done its work. On SQLite,
where a writer that hangs keeps everybody from writing, there are no outages and hangs.
"""

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django

# The environment has to be said before anything of the project is imported.
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["JOBS_CONCURRENCY"] = "2"
django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from hotels.demo.group import GROUP
from hotels.demo.loading import load_hotel
from hotels.models import Hotel, Invoice
from jobs import registry, tick
from jobs.models import JobExecution, JobSchedule, Status
from jobs.runner import ClockDiffers, session_limits
from jobs.scheduling.opening import open_due
from tests.crash import faketime
from tests.crash.books import books
from tests.proxy import Proxy, before_postgres

# In the future, so that the backoff of a retry, which runs on the real clock, is over at once.
BEGIN = datetime(2040, 3, 5, 3, 55, tzinfo=UTC)
# Apart from each other: what runs late because its worker died must meet the same books.
OWN = {
    "daily-housekeeping": "0 4 * * *",
    "check-no-shows": "20 4,12,20 * * *",
    "generate-invoices": "40 6 * * *",
}
# Every other hotel leaves these to their declared schedules: the tick serves them as late.
MIXED = {"maintenance-schedule": "30 5 * * *", "recalc-availability": "50 4 * * *"}
MINUTES_OF_A_DAY = (4 * 60 + 1, 4 * 60 + 21, 4 * 60 + 51, 5 * 60 + 31, 6 * 60 + 41)
LATER = (12 * 60 + 21, 20 * 60 + 21, 24 * 60 + 6, 25 * 60 + 6)
IDLE, BUSY, FAILED, REFUSED = 0, 10, 20, 30
ATTEMPTS = 20
KILL, OUTAGE, HANG = "kill", "outage", "hang"
# Of four ticks at once: the server's, and that of another machine.
CLOCKS = ("+0s", "+1h", "+0s", "+1h")
# Where workers hang: longer than any hotel takes, and short enough to wait for.
LEASE = timedelta(seconds=4)


def build(*, hotels: int) -> None:
    """So many hotels around BEGIN, and a first tick that finds nothing due."""
    call_command("migrate", verbosity=0)
    for n in range(hotels):
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
    Hotel.objects.update(is_sandbox=True)  # a real hotel does not run in the future
    open_due(now=BEGIN)


def live(*, days: int, faults: list[str], seed: int, clocks: int = 0) -> dict[str, int]:
    """Go through the days; how many there were, how many workers died, and how many did not.

    At the first `clocks` instants four ticks begin at once, on two machines; how many refused.
    """
    chance = random.Random(seed)
    chance.shuffle(faults)
    workers = Workers(hang=len(set(faults)) > 1)
    counts = {"killed": 0, "finished": 0, "days": 0, "refused": 0}
    usual = 0.05  # how long a worker takes that has something to do, learnt from the last one
    while counts["days"] < days or faults:
        for instant in _instants(counts["days"]):
            if clocks:
                clocks -= 1
                counts["refused"] += _ticks_of_two_machines(instant)
            code: int | None = BUSY
            while code != IDLE:
                wanted = faults and chance.random() < 0.9
                patience = chance.uniform(0, usual * 1.1) if wanted else None
                began = time.monotonic()
                code = workers.run(instant, patience=patience, fault=faults[-1] if faults else KILL)
                counts["killed" if code is None else "finished"] += 1
                if code is None:
                    faults.pop()
                elif code == BUSY:
                    usual = min(time.monotonic() - began, LEASE.total_seconds())
                elif code != IDLE:
                    raise SystemExit(f"a worker ended with exit code {code} at {instant}")
            workers.wake()
        counts["days"] += 1
    return counts


def tell() -> dict[str, object]:
    """The books, and what the engine says of them."""
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


class Workers:
    """Workers, each a forked process that beats the tick once; with `hang`, some go silent."""

    def __init__(self, *, hang: bool) -> None:
        self._hang = hang
        self._stopped: list[int] = []
        self._proxies: list[Proxy] = []  # their connections to the server stay open

    def run(self, instant: datetime, *, patience: float | None, fault: str) -> int | None:
        """Wait for the exit code of a worker; None when it met the fault after `patience`."""
        proxy = before_postgres() if fault == OUTAGE and patience is not None else None
        pid = os.fork()
        if pid == 0:
            if proxy is not None:
                connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": proxy.port}
            os._exit(beat(instant, hang=self._hang))
        if patience is None or _ends_within(pid, patience):
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if fault == HANG:
            os.kill(pid, signal.SIGSTOP)
            self._stopped.append(pid)
            return None
        if proxy is not None:
            proxy.swallow()
            self._proxies.append(proxy)
        os.kill(pid, signal.SIGKILL)  # nothing happens to one that has ended
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return None if code == -signal.SIGKILL else code

    def wake(self) -> None:
        """Let the workers that hang go on to their ends."""
        for pid in self._stopped:
            os.kill(pid, signal.SIGCONT)
            os.waitpid(pid, 0)
        self._stopped.clear()


def beat(instant: datetime, *, hang: bool) -> int:
    """What a worker does, in a process of its own: one tick; the exit code."""
    terms: dict[str, Any] = {"attempts": ATTEMPTS}
    if hang:
        terms["timeout"] = session_limits.LONGEST_PAUSE = LEASE
    for name, job in list(registry._jobs.items()):
        registry._jobs[name] = replace(job, **terms)
    try:
        result = tick.run_tick(now=instant, concurrency=settings.JOBS_CONCURRENCY)
    except ClockDiffers:
        return REFUSED
    except Exception as error:  # noqa: BLE001  told to who started us
        sys.stderr.write(f"{instant}: {type(error).__name__}: {error}\n")
        return BUSY if hang else FAILED
    if failed := result.tally.first_failed:
        sys.stderr.write(f"{instant}: {[outcome.error for outcome in failed]}\n")
        return BUSY if hang else FAILED
    # What a silent worker holds is waited for.
    held = hang and JobExecution.objects.running().exists()
    return BUSY if result.tally.total or result.closed or held else IDLE


def _ticks_of_two_machines(instant: datetime) -> int:
    """Let four ticks begin at once; how many refused, which are those with the wrong clock."""
    command = ("-m", "tests.crash.night", "beat", instant.isoformat())
    ticks = [
        subprocess.Popen(faketime.python_with_clock(offset, *command), env=faketime.environment())
        for offset in CLOCKS
    ]
    codes = [each.wait() for each in ticks]
    for offset, code in zip(CLOCKS, codes, strict=True):
        if code not in ((IDLE, BUSY) if offset == "+0s" else (REFUSED,)):
            raise SystemExit(f"a tick with the clock {offset} ended with {code} at {instant}")
    return codes.count(REFUSED)


def _ends_within(pid: int, patience: float) -> bool:
    ended = os.pidfd_open(pid)
    try:
        return bool(select.select([ended], [], [], patience)[0])
    finally:
        os.close(ended)


def _gaps() -> list[str]:
    """Invoice series whose numbers are not 1, 2, 3 …"""
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
    """Do the command and print its answer as JSON."""
    command, *rest = arguments
    if command == "build":
        build(hotels=int(rest[0]))
    elif command == "live":
        days, kills, seed, outages, hangs, clocks = map(int, [*rest, "0", "0", "0"][:6])
        faults = [KILL] * kills + [OUTAGE] * outages + [HANG] * hangs
        sys.stdout.write(json.dumps(live(days=days, faults=faults, seed=seed, clocks=clocks)))
    elif command == "beat":
        sys.exit(beat(datetime.fromisoformat(rest[0]), hang=False))
    else:
        Path(rest[0]).write_text(json.dumps(tell(), indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
