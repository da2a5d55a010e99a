"""Base class of the job commands. A command for a further job takes six lines:

class Command(JobCommand):
    job = "check-no-shows"
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from hotels.i18n import counted, in_english
from hotels.models import Hotel
from jobs import dispatch, registry, scheduling
from jobs.base import Job
from jobs.cli import output, signals
from jobs.cli.arguments import FailedHotels, UsageError, choose_hotels, parse_instant
from jobs.cli.spool import OutcomeSpool
from jobs.cli.system_checks import REQUIRED_BY_JOBS
from jobs.dispatch import RunResult
from jobs.models import JobExecution, Trigger
from jobs.runner import EffectiveTimeRefused, Outcome

HOTELS_NAMED = 10


class JobCommand(BaseCommand):
    """Run one job for all active hotels, or for the hotels given, and report the results."""

    job: ClassVar[str]
    requires_system_checks = REQUIRED_BY_JOBS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declared = registry.get(self.job)
        when = scheduling.describe_schedule(expression=declared.schedule)
        with in_english():
            self.help = f"{declared.title} for every active hotel. Schedule: {when} (UTC)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options that all job commands share."""
        parser.add_argument(
            "--hotel",
            action="append",
            metavar="CODE",
            help="Run for this hotel only. Can be given several times.",
        )
        parser.add_argument(
            "--as-of",
            metavar="ISO-INSTANT",
            help="Run as if it were this time, such as 2026-07-01T03:30:00Z.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Show what the job would change. Save nothing."
        )
        parser.add_argument(
            "--scheduled",
            action="store_true",
            help="For crontab: run the latest slot, unless it has already run.",
        )
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job and report.

        Raises UsageError for wrong options, FailedHotels when the job failed or had problems in a
        hotel, or a worker died.
        """
        if options["dry_run"] and options["scheduled"]:
            raise UsageError(
                "--dry-run and --scheduled cannot be used together: a preview claims no slot."
            )
        job = registry.get(self.job)
        as_of = options["as_of"]
        now = timezone.now() if as_of is None else parse_instant(as_of)
        try:
            hotels = self._hotels(job, now=now, options=options)
            with OutcomeSpool() as spool:
                run = self._run_job(job, hotels=hotels, now=now, spool=spool, options=options)
                self._report(run, hotels=hotels, spool=spool, as_json=options["json"])
        except EffectiveTimeRefused as refused:
            raise UsageError(f"--as-of {refused}") from None
        if not run.success:
            raise FailedHotels(_failure_text(run))

    def _hotels(self, job: Job, *, now: datetime, options: dict[str, Any]) -> list[Hotel]:
        hotels = choose_hotels(options["hotel"])
        if not options["scheduled"]:
            return hotels
        if options["hotel"]:
            _check_on_default_schedule(hotels, job=job)
        slot = scheduling.latest_slot(expression=job.schedule, at=now)
        due = scheduling.due_by_default(Hotel.objects.all(), job=job, slot=slot, now=now)
        keys = set(due.values_list("pk", flat=True))
        return [hotel for hotel in hotels if hotel.pk in keys]

    def _run_job(
        self,
        job: Job,
        *,
        hotels: list[Hotel],
        now: datetime,
        spool: OutcomeSpool,
        options: dict[str, Any],
    ) -> RunResult:
        with self._progress_bar(total=len(hotels)) as advance, signals.on_sigterm() as stop:

            def on_outcome(outcome: Outcome) -> None:
                spool.add(outcome)
                advance()

            if options["dry_run"]:
                return dispatch.preview_run(job=job, hotels=hotels, now=now, on_outcome=on_outcome)
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

    def _report(
        self, run: RunResult, *, hotels: list[Hotel], spool: OutcomeSpool, as_json: bool
    ) -> None:
        outcomes = spool.read(order=hotels)
        if as_json:
            output.write_json(output.run_payload(run), outcomes=outcomes, stream=self.stdout)
            return
        for execution in run.closed:
            self.stdout.write(output.interrupted_line(execution))
        if not len(spool):
            self.stdout.write("No hotels to run for.")
            return
        if run.dry_run:
            self.stdout.write(f"Preview of {run.job.name}. Nothing was saved.")
        output.write_outcomes(outcomes, stream=self.stdout)

    @contextmanager
    def _progress_bar(self, *, total: int) -> Iterator[Callable[[], None]]:
        """Show a progress bar, in a terminal and for two or more hotels."""
        if not sys.stderr.isatty() or total < 2:
            yield lambda: None
            return
        # Imported for terminals only: it takes longer than all a process of cron does.
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn(self.job), BarColumn(), MofNCompleteColumn(), TextColumn("hotels"))
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("", total=total)
            yield lambda: progress.advance(task)


def _check_on_default_schedule(hotels: list[Hotel], *, job: Job) -> None:
    """Raise UsageError when a hotel has its own schedule for the job: the tick runs it."""
    keys = set(
        scheduling.on_declared_schedule(Hotel.objects.all(), job=job).values_list("pk", flat=True)
    )
    own = [hotel.code for hotel in hotels if hotel.pk not in keys]
    if own:
        raise UsageError(
            f"The hotel {own[0]!r} has its own schedule for {job.name}; run_due_jobs runs it."
        )


def _failure_text(run: RunResult) -> str:
    tally = run.tally
    sentences = [
        f"{run.job.name} {ended} {_hotels(first, count=count)}."
        for ended, first, count in (
            ("failed for", tally.first_failed, tally.failed),
            ("completed with problems for", tally.first_with_problems, tally.with_problems),
            ("was interrupted (worker stopped) in", run.closed, len(run.closed)),
        )
        if count
    ]
    return " ".join(sentences)


def _hotels(first: Sequence[Outcome] | Sequence[JobExecution], *, count: int) -> str:
    codes = [row.hotel.code for row in first[:HOTELS_NAMED]]
    more = count - len(codes)
    shown = ", ".join(codes) + (f" and {more} more" if more > 0 else "")
    return f"{counted(count, 'hotel')}: {shown}"
