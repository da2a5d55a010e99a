"""`manage.py catch_up`: show and run past slots of a job."""

import json
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from hotels.calendar import iso
from hotels.i18n import counted
from jobs import runner
from jobs.backfill import PastSlot, backfill, past_slots
from jobs.base import Job
from jobs.cli import output, signals
from jobs.cli.arguments import FailedHotels, UsageError, choose_hotels, parse_instant, parse_job
from jobs.cli.spool import OutcomeSpool
from jobs.cron_expressions import BadExpression

MAX_SLOTS = 10_000


class Command(BaseCommand):
    help = (
        "Show the past slots of a job and their status. With --run, run every slot that was not "
        "completed. The job runs with the current time, not with the time of the slot: it does "
        "all work that is still open. A slot completed with problems is not run again: the next "
        "slot selects the objects that are left."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--job", required=True, metavar="NAME", help="The job, such as check-no-shows."
        )
        parser.add_argument(
            "--hotel",
            action="append",
            metavar="CODE",
            help="This hotel only. Can be given several times.",
        )
        parser.add_argument(
            "--from",
            dest="start",
            required=True,
            metavar="ISO-INSTANT",
            help="The first instant of the period, such as 2026-07-01T00:00:00Z.",
        )
        parser.add_argument(
            "--to",
            dest="end",
            metavar="ISO-INSTANT",
            help="The last instant of the period. Default: now.",
        )
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument(
            "--dry-run", action="store_true", help="Show the slots only. This is the default."
        )
        mode.add_argument("--run", action="store_true", help="Run the slots that are shown.")
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Show or run the slots.

        Raises UsageError for wrong options, FailedHotels when the job failed or had problems for a
        slot.
        """
        now = timezone.now()
        job = parse_job(options["job"])
        start = parse_instant(options["start"])
        end = now if options["end"] is None else parse_instant(options["end"])
        if start > end:
            raise UsageError(f"--from {iso(start)} is after --to {iso(end)}.")
        if end > now:
            raise UsageError(f"--to {iso(end)} is in the future; future slots run when due.")
        hotels = choose_hotels(options["hotel"])
        closed = runner.close_abandoned(job_name=job.name) if options["run"] else []
        found = past_slots(job=job, hotels=hotels, start=start, end=end)
        try:
            slots = list(islice(found, MAX_SLOTS + 1))
        except BadExpression as error:
            raise UsageError(f"The schedule of a hotel is invalid: {error}") from None
        if len(slots) > MAX_SLOTS:
            raise UsageError(
                f"There are more than {MAX_SLOTS:,} slots; choose fewer hotels or a shorter period."
            )
        if options["run"]:
            self._run(job, slots, now=now, closed=len(closed), as_json=options["json"])
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
                    "problems": slot.newest.problems if slot.newest else 0,
                    "toRun": slot.to_run,
                }
                for slot in slots
            ]
            answer = {"job": job.name, "dryRun": True, "slots": rows}
            self.stdout.write(json.dumps(answer, indent=1))
            return
        if slots:
            rows_of_table = [(job.name, s.hotel.code, s.slot, s.plan) for s in slots]
            self.stdout.write(output.slots_text(rows_of_table, stream=self.stdout), ending="")
        self.stdout.write(
            f"{counted(len(slots), 'slot')}, {to_run:,} to run. Nothing was saved. "
            "Use --run to run them."
        )

    def _run(
        self, job: Job, slots: list[PastSlot], *, now: datetime, closed: int, as_json: bool
    ) -> None:
        with OutcomeSpool() as spool:
            with signals.on_sigterm() as stop:
                tally = backfill(
                    job=job,
                    slots=slots,
                    now=now,
                    concurrency=settings.JOBS_CONCURRENCY,
                    stop=stop,
                    on_outcome=spool.add,
                )
            success = tally.is_clean and not closed
            if as_json:
                answer = {"job": job.name, "success": success}
                output.write_json(answer, outcomes=spool.read(), stream=self.stdout)
            elif len(spool):
                output.write_outcomes(spool.read(), stream=self.stdout)
            else:
                self.stdout.write("No slots to run. Nothing was changed.")
        ends = [
            *([f"{tally.failed:,} failed"] if tally.failed else []),
            *([f"{tally.with_problems:,} completed with problems"] if tally.with_problems else []),
            *([f"{closed:,} interrupted (worker stopped)"] if closed else []),
        ]
        if ends:
            raise FailedHotels(f"Of {counted(tally.total, 'slot')}, {' and '.join(ends)}.")
