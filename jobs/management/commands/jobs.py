"""`manage.py jobs`: list the jobs with their schedules and success rates."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.table import Table
from rich.text import Text

from hotels.calendar import iso
from hotels.i18n import counted, in_english
from hotels.models import Hotel
from jobs import cron_expressions, registry, scheduling
from jobs.cli import tables
from jobs.cron_expressions import BadExpression
from jobs.scheduling.advice import ScheduleAdvice, schedule_advice
from jobs.statistics import totals

PERIOD = timedelta(days=30)


class UnsuitableSchedules(CommandError):
    """Schedules make no sense in their hotels. Exit code 1."""


class Command(BaseCommand):
    help = "List the jobs: schedule, last and next run, success rate over 30 days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="Show the schedules that make no sense in a hotel. Exit code 1 if there are any.",
        )
        parser.add_argument("--json", action="store_true", help="Print the list as JSON.")

    @in_english()
    def handle(self, *args: Any, **options: Any) -> None:
        """Print the list, as a table or as JSON. Raises UnsuitableSchedules with `--check`."""
        now = timezone.now()
        if options["check"]:
            self._check(now=now, as_json=options["json"])
            return
        figures = totals.totals_by_job(since=now - PERIOD)
        next_runs = _next_runs(now=now)
        rows = [
            {
                "job": job.name,
                "title": str(job.title),
                "schedule": job.schedule,
                "scheduleInWords": scheduling.describe_schedule(expression=job.schedule),
                "lastRun": iso(figures[job.name].last_run if job.name in figures else None),
                "nextRun": iso(next_runs[job.name]),
                "finished": figures[job.name].finished if job.name in figures else 0,
                "completed": figures[job.name].completed if job.name in figures else 0,
                "completedWithProblems": (
                    figures[job.name].completed_with_problems if job.name in figures else 0
                ),
                "successRate": figures[job.name].success_rate if job.name in figures else None,
            }
            for job in registry.all_jobs()
        ]
        if options["json"]:
            self.stdout.write(json.dumps({"jobs": rows}, indent=1))
            return
        self.stdout.write(tables.table_text(_table(rows), stream=self.stdout), ending="")

    def _check(self, *, now: datetime, as_json: bool) -> None:
        advice = schedule_advice(hotels=list(Hotel.objects.filter(active=True)), now=now)
        if as_json:
            self.stdout.write(json.dumps({"advice": [_payload(each) for each in advice]}, indent=1))
        elif not advice:
            self.stdout.write("Every schedule makes sense in its hotel.")
        for each in [] if as_json else advice:
            suggested = scheduling.describe_schedule(expression=each.expression)
            self.stdout.write(f"{' '.join(each.reasons)} Suggested: {suggested}, hotel time.")
        if advice:
            hotels = counted(len({each.hotel.pk for each in advice}), "hotel")
            raise UnsuitableSchedules(
                f"{counted(len(advice), 'schedule')} in {hotels} should be changed: open Local "
                "times in the console, or set the hotel's own schedules."
            )


def _next_runs(*, now: datetime) -> dict[str, datetime | None]:
    """The next run of each job in any active hotel; by the default schedule without a hotel.

    None for a job that is switched off in every hotel.
    """
    hotels, jobs = list(Hotel.objects.filter(active=True)), registry.all_jobs()
    if not hotels:
        return {job.name: scheduling.next_slot(expression=job.schedule, after=now) for job in jobs}
    schedules = {
        (each.job_name, each.expression, each.zone)
        for each in scheduling.effective_schedules(hotels=hotels, jobs=jobs)
        if each.enabled
    }
    found: dict[str, datetime | None] = dict.fromkeys(job.name for job in jobs)
    for name, expression, zone in schedules:
        with suppress(BadExpression):
            coming = next(
                cron_expressions.upcoming(expression=expression, zone=zone, after=now), None
            )
            found[name] = min((at for at in (found[name], coming) if at), default=None)
    return found


def _payload(advice: ScheduleAdvice) -> dict[str, Any]:
    return {
        "hotel": advice.hotel.code,
        "job": advice.job.name,
        "reasons": list(advice.reasons),
        "suggestedSchedule": advice.expression,
    }


def _table(rows: list[dict[str, Any]]) -> Table:
    grid = Table(pad_edge=False)
    for heading in (
        "Job",
        "Title",
        "Default schedule (UTC)",
        "Last run (UTC)",
        "Next run (UTC)",
        "Success rate, 30 days",
    ):
        grid.add_column(heading)
    for row in rows:
        rate = row["successRate"]
        grid.add_row(
            row["job"],
            row["title"],
            row["scheduleInWords"],
            _to_the_minute(row["lastRun"]),
            _to_the_minute(row["nextRun"]),
            Text(
                "no runs yet"
                if rate is None
                else f"{rate} % of {counted(row['finished'], 'execution')}"
            ),
        )
    return grid


def _to_the_minute(at: str | None) -> str:
    return "never" if at is None else at[:16].replace("T", " ")
