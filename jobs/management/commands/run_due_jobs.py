"""`manage.py run_due_jobs`: the minute tick."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from rich.table import Table

from jobs import scheduling, tick
from jobs.cli import output, signals
from jobs.cli.job_command import FailedHotels, parse_instant
from jobs.cli.output import iso
from jobs.models import Tick
from jobs.tick import TickResult


class Command(BaseCommand):
    help = (
        "Open every slot that is due, close what dead workers left, start due retries and work all "
        "that waits. Once a minute, on as many machines as you like."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as-of",
            metavar="ISO-INSTANT",
            help='What the tick takes for "now", such as 2026-07-01T03:30:00Z.',
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Show what would be opened; write nothing."
        )
        parser.add_argument(
            "--scheduled", action="store_true", help="For crontab: says nothing of an idle tick."
        )
        parser.add_argument("--json", action="store_true", help="The result as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Beat once and report; raises FailedHotels when something failed or was found dead."""
        now = timezone.now() if options["as_of"] is None else parse_instant(options["as_of"])
        if options["dry_run"]:
            self._preview(now=now, as_json=options["json"])
            return
        with signals.on_sigterm() as stop:
            result = tick.run_tick(now=now, concurrency=settings.JOBS_CONCURRENCY, stop=stop)
        if options["json"]:
            self.stdout.write(json.dumps(_payload(result), indent=1))
        elif not (options["scheduled"] and _idle(result)):
            self._report(result)
        if not result.success:
            raise FailedHotels(_failure(result))

    def _report(self, result: TickResult) -> None:
        opened = result.opened
        self.stdout.write(
            f"{opened.due} slots opened, {opened.missed} given up, {len(result.closed)} closed as "
            f"interrupted, {len(result.outcomes)} executions handed out."
        )
        if opened.reopened:
            self.stdout.write(f"The clock was set back: {opened.reopened} slots wait again.")
        for problem in opened.problems:
            self.stdout.write(problem)
        for row in result.closed:
            self.stdout.write(f"{row.job_name} {row.hotel.code}: {row.words}")
        if result.outcomes:
            self._write(output.outcomes_table(result.outcomes))

    def _preview(self, *, now: Any, as_json: bool) -> None:
        looked = Tick.objects.filter(pk=Tick.KEY).first()
        found = scheduling.plan_slots(since=looked.looked_until if looked else now, now=now)
        codes = output.hotel_codes(
            [due.hotel_id for due in found.due] + [terms.hotel_id for terms, _ in found.missed]
        )
        rows = [(due.job_name, codes[due.hotel_id], due.slot, "run") for due in found.due] + [
            (terms.job_name, codes[terms.hotel_id], each.slot, each.words)
            for terms, each in found.missed
        ]
        if as_json:
            slots = [
                {"job": job, "hotel": hotel, "scheduledFor": iso(slot), "what": what}
                for job, hotel, slot, what in rows
            ]
            self.stdout.write(json.dumps({"dryRun": True, "slots": slots}, indent=1))
            return
        self.stdout.write(f"Preview of the tick: nothing was written. {len(rows)} slots came.")
        if rows:
            self._write(output.slots_table(rows))

    def _write(self, table: Table) -> None:
        self.stdout.write(output.printed(table, on=self.stdout), ending="")


def _idle(result: TickResult) -> bool:
    opened = result.opened
    busy = opened.due or opened.missed or opened.reopened or opened.problems
    return not (busy or result.closed or result.outcomes)


def _failure(result: TickResult) -> str:
    parts = [
        f"{len(result.failed)} failed" if result.failed else "",
        f"{len(result.closed)} had lost their worker" if result.closed else "",
        f"{len(result.opened.problems)} schedules cannot be read" if result.opened.problems else "",
    ]
    return f"Of this tick's executions: {', '.join(filter(None, parts))}."


def _payload(result: TickResult) -> dict[str, Any]:
    return {
        "asOf": iso(result.now),
        "success": result.success,
        "opened": result.opened.due,
        "missed": result.opened.missed,
        "reopened": result.opened.reopened,
        "problems": list(result.opened.problems),
        "interrupted": [
            {"executionId": row.pk, "job": row.job_name, "hotel": row.hotel.code}
            for row in result.closed
        ],
        "outcomes": [output.outcome_payload(outcome) for outcome in result.outcomes],
    }
