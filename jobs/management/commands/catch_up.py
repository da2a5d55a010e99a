"""`manage.py catch_up`: past slots, done by hand."""

import json
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from rich.table import Table

from jobs.backfill import PastSlot, backfill, past_slots
from jobs.base import Job
from jobs.cli import output, signals
from jobs.cli.job_command import FailedHotels, UsageError, choose_hotels, parse_instant, parse_job
from jobs.cli.output import iso
from jobs.cron_expressions import BadExpression
from jobs.models import Status

MOST = 10_000


class Command(BaseCommand):
    help = (
        "Show past slots of a job and what stands for each; with --run, run those without a good "
        "end. They are worked as of now: jobs look for what is undone, not for a date."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--job", required=True, metavar="NAME", help="Such as check-no-shows.")
        parser.add_argument(
            "--hotel",
            action="append",
            metavar="CODE",
            help="Only this hotel; may be given more than once.",
        )
        parser.add_argument(
            "--from",
            dest="start",
            required=True,
            metavar="ISO-INSTANT",
            help="Slots from this instant on, such as 2026-07-01T00:00:00Z.",
        )
        parser.add_argument(
            "--to", dest="end", metavar="ISO-INSTANT", help="Slots up to this one; default now."
        )
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--dry-run",
            action="store_true",
            help="Only show the slots: what is done without --run.",
        )
        what.add_argument("--run", action="store_true", help="Run the slots that are shown.")
        parser.add_argument("--json", action="store_true", help="The answer as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Show or run; raises UsageError for wrong options, FailedHotels when a run failed."""
        now = timezone.now()
        job = parse_job(options["job"])
        start = parse_instant(options["start"])
        end = now if options["end"] is None else parse_instant(options["end"])
        if start > end:
            raise UsageError(f"--from {iso(start)} is after --to {iso(end)}.")
        if end > now:
            raise UsageError(f"--to {iso(end)} is in the future; slots to come are run when due.")
        hotels = choose_hotels(options["hotel"])
        found = past_slots(job=job, hotels=hotels, start=start, end=end)
        try:
            slots = list(islice(found, MOST + 1))
        except BadExpression as error:
            raise UsageError(f"The schedule of a hotel cannot be read: {error}") from None
        if len(slots) > MOST:
            raise UsageError(f"That is more than {MOST} slots; name fewer hotels or fewer days.")
        if options["run"]:
            self._run(job, slots, now=now, as_json=options["json"])
        else:
            self._show(job, slots, as_json=options["json"])

    def _show(self, job: Job, slots: list[PastSlot], *, as_json: bool) -> None:
        to_run = sum(slot.to_run for slot in slots)
        if as_json:
            rows = [
                {
                    "hotel": slot.hotel.code,
                    "scheduledFor": iso(slot.slot),
                    "status": slot.newest.status if slot.newest else None,
                    "toRun": slot.to_run,
                }
                for slot in slots
            ]
            answer = {"job": job.name, "dryRun": True, "slots": rows}
            self.stdout.write(json.dumps(answer, indent=1))
            return
        if slots:
            self._write(
                output.slots_table([(job.name, s.hotel.code, s.slot, s.words) for s in slots])
            )
        self.stdout.write(
            f"{len(slots)} slots, {to_run} of them to be run. Nothing was written; "
            "with --run they are run."
        )

    def _run(self, job: Job, slots: list[PastSlot], *, now: datetime, as_json: bool) -> None:
        with signals.on_sigterm() as stop:
            outcomes = backfill(
                job=job, slots=slots, now=now, concurrency=settings.JOBS_CONCURRENCY, stop=stop
            )
        failed = [o for o in outcomes if o.status == Status.FAILED and not o.repeated]
        if as_json:
            rows = [output.outcome_payload(outcome) for outcome in outcomes]
            answer = {"job": job.name, "success": not failed, "outcomes": rows}
            self.stdout.write(json.dumps(answer, indent=1))
        elif outcomes:
            self._write(output.outcomes_table(outcomes))
        else:
            self.stdout.write("No slot needed it; nothing was run.")
        if failed:
            raise FailedHotels(f"{len(failed)} of {len(outcomes)} slots failed.")

    def _write(self, table: Table) -> None:
        self.stdout.write(output.printed(table, on=self.stdout), ending="")
