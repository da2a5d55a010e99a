"""`manage.py jobs`: list the jobs with their schedules and success rates."""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from rich.table import Table
from rich.text import Text

from hotels.i18n import counted, in_english
from jobs import registry, scheduling
from jobs.cli import output
from jobs.statistics import totals

PERIOD = timedelta(days=30)


class Command(BaseCommand):
    help = "List the jobs: schedule, last and next run, success rate over 30 days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the list as JSON.")

    @in_english()
    def handle(self, *args: Any, **options: Any) -> None:
        """Print the list, as a table or as JSON."""
        now = timezone.now()
        figures = totals.totals_by_job(since=now - PERIOD)
        rows = [
            {
                "job": job.name,
                "title": str(job.title),
                "schedule": job.schedule,
                "scheduleInWords": scheduling.describe_schedule(expression=job.schedule),
                "lastRun": output.iso(figures[job.name].last_run if job.name in figures else None),
                "nextRun": output.iso(scheduling.next_slot(expression=job.schedule, after=now)),
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
        self.stdout.write(output.table_text(_table(rows), stream=self.stdout), ending="")


def _table(rows: list[dict[str, Any]]) -> Table:
    grid = Table(pad_edge=False)
    for heading in (
        "Job",
        "Title",
        "Schedule (UTC)",
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
