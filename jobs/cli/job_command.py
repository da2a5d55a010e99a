"""The base of the job commands: a sixth one is six lines.

class Command(JobCommand):
    job = "check-no-shows"
"""

import difflib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from hotels.i18n import in_english
from hotels.models import Hotel
from jobs import dispatch, registry, scheduling
from jobs.base import Job
from jobs.cli import output, signals
from jobs.dispatch import OnOutcome, RunResult
from jobs.models import Trigger
from jobs.registry import UnknownJob

WRONG_USAGE = 2
YEARS = range(1970, 2200)  # an instant outside of them is a slip of the finger


class UsageError(CommandError):
    """Wrong usage: one clear sentence, exit code 2."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, returncode=WRONG_USAGE)


class FailedHotels(CommandError):
    """Some hotels failed; the others went on. Exit code 1, so that cron and scripts know."""


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with its offset, such as 2026-07-01T03:30:00Z; raises UsageError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is not an ISO 8601 instant such as 2026-07-01T03:30:00Z."
        ) from None
    if at.tzinfo is None:
        day, time = f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}"
        raise UsageError(f"{text!r} has no UTC offset: write {day}T{time}Z or {day}T{time}+01:00.")
    if at.year not in YEARS:
        raise UsageError(f"{text!r} is not within the years {YEARS[0]} to {YEARS[-1]}.")
    return at


def parse_job(name: str) -> Job:
    """The job of that name; raises UsageError, with near matches."""
    try:
        return registry.get(name)
    except UnknownJob as error:
        sentence = str(error)
        raise UsageError(f"{sentence[0].upper()}{sentence[1:].removesuffix('?')}.") from None


def choose_hotels(codes: list[str] | None) -> list[Hotel]:
    """The active hotels, or those named; an unknown code is named, with near matches."""
    active = Hotel.objects.filter(active=True)
    if not codes:
        return list(active)
    known = {hotel.code: hotel for hotel in Hotel.objects.all()}
    chosen: dict[str, Hotel] = {}
    for code in codes:
        if code not in known:
            near = difflib.get_close_matches(code.lower(), known, n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else "."
            raise UsageError(f"There is no hotel {code!r}{hint}")
        if not known[code].active:
            raise UsageError(f"The hotel {code!r} is not active; no job runs for it.")
        chosen[code] = known[code]
    return list(chosen.values())


def _served_by_crontab(hotels: list[Hotel], *, job: Job, named: bool) -> list[Hotel]:
    """Those of the hotels on the declared schedule; the others are served by the tick."""
    served = scheduling.on_declared_schedule(Hotel.objects.all(), job=job).values_list(
        "pk", flat=True
    )
    keys = set(served)
    own = [hotel.code for hotel in hotels if hotel.pk not in keys]
    if named and own:
        raise UsageError(
            f"The hotel {own[0]!r} has a schedule of its own for {job.name}; "
            "run_due_jobs serves it."
        )
    return [hotel for hotel in hotels if hotel.pk in keys]


class JobCommand(BaseCommand):
    """Runs one job for all hotels, or for those named, and says what it did."""

    job: ClassVar[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declared = registry.get(self.job)
        when = scheduling.describe_schedule(expression=declared.schedule)
        with in_english():
            self.help = f"{declared.title} for every active hotel. Schedule: {when} (UTC)."

    def add_arguments(self, parser: CommandParser) -> None:
        """The options every job command has."""
        parser.add_argument(
            "--hotel",
            action="append",
            metavar="CODE",
            help="Only this hotel; may be given more than once.",
        )
        parser.add_argument(
            "--as-of",
            metavar="ISO-INSTANT",
            help='What the job takes for "now", such as 2026-07-01T03:30:00Z.',
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Show what would be done; write nothing."
        )
        parser.add_argument(
            "--scheduled",
            action="store_true",
            help="For crontab: claim the newest due slot, which is worked only once.",
        )
        parser.add_argument("--json", action="store_true", help="The result as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fire the job and report; raises FailedHotels when any hotel failed."""
        if options["dry_run"] and options["scheduled"]:
            raise UsageError(
                "--dry-run and --scheduled exclude each other: a preview claims nothing."
            )
        job = registry.get(self.job)
        as_of = options["as_of"]
        now = timezone.now() if as_of is None else parse_instant(as_of)
        firing = self._fired(job, now=now, options=options)
        self._report(firing, as_json=options["json"])
        if not firing.success:
            failed = [outcome.hotel.code for outcome in firing.failed]
            raise FailedHotels(f"{job.name} failed for {len(failed)}: {', '.join(failed[:10])}.")

    def _fired(self, job: Job, *, now: datetime, options: dict[str, Any]) -> RunResult:
        hotels = choose_hotels(options["hotel"])
        if options["scheduled"]:
            hotels = _served_by_crontab(hotels, job=job, named=bool(options["hotel"]))
        with self._progress(total=len(hotels)) as on_outcome, signals.on_sigterm() as stop:
            if options["dry_run"]:
                return dispatch.preview(job=job, hotels=hotels, now=now, on_outcome=on_outcome)
            slot = scheduling.latest_slot(expression=job.schedule, at=now)
            return dispatch.run(
                job=job,
                hotels=hotels,
                now=now,
                trigger=Trigger.CRON if options["scheduled"] else Trigger.COMMAND,
                slot=slot if options["scheduled"] else None,
                concurrency=settings.JOBS_CONCURRENCY,
                on_outcome=on_outcome,
                stop=stop,
            )

    def _report(self, firing: RunResult, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(output.run_payload(firing), indent=1))
            return
        if not firing.outcomes:
            self.stdout.write("There is no hotel to do it for, so there was nothing to do.")
            return
        if firing.dry_run:
            self.stdout.write(f"Preview of {firing.job.name}: nothing was written.")
        text = output.printed(output.run_table([firing]), on=self.stdout)
        self.stdout.write(text, ending="")

    @contextmanager
    def _progress(self, *, total: int) -> Iterator[OnOutcome | None]:
        """A line that counts the hotels while many run, only where a person watches."""
        if not sys.stderr.isatty() or total < 2:
            yield None
            return
        columns = (TextColumn(self.job), BarColumn(), MofNCompleteColumn(), TextColumn("hotels"))
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("", total=total)
            yield lambda outcome: progress.advance(task)
