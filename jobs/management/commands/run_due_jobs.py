"""`manage.py run_due_jobs`: the tick, which runs all due jobs once a minute."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from hotels.calendar import iso
from hotels.i18n import counted
from hotels.notifications.delivery import deliver_due
from jobs import clean_up, heartbeat, queue, scheduling, tick
from jobs.cli import output, signals
from jobs.cli.arguments import FailedHotels, UsageError, parse_instant
from jobs.cli.spool import OutcomeSpool
from jobs.cli.system_checks import REQUIRED_BY_JOBS
from jobs.dispatch import Stop
from jobs.models import Tick
from jobs.runner import EffectiveTimeRefused
from jobs.tick import TickResult

OVERDUE_NAMED = 10
# The next tick sends what is left; a retry that is due in seconds is waited for.
DELIVERY_TIME = timedelta(seconds=45)
_log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Run all jobs that are due, retry failed ones, and close executions whose worker died. "
        "Run this command once a minute, on one or more machines."
    )
    requires_system_checks = REQUIRED_BY_JOBS

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as-of",
            metavar="ISO-INSTANT",
            help="Run as if it were this time, such as 2026-07-01T03:30:00Z.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Show which jobs are due. Save nothing."
        )
        parser.add_argument(
            "--scheduled", action="store_true", help="For crontab: print nothing if nothing is due."
        )
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one tick and report.

        Raises UsageError for wrong options, FailedHotels when an execution failed, had problems or
        waits too long, a worker died, a hotel is locked too long, a schedule is invalid or the
        books could not be sealed.
        """
        if options["as_of"] is not None or options["dry_run"]:
            # A simulated time, or a look: the monitor waits for real ticks.
            self._tick(options)
            return
        success = False
        try:
            self._tick(options)
            success = True
        finally:
            heartbeat.send_heartbeat(url=settings.HEARTBEAT_URL, success=success)

    def _tick(self, options: dict[str, Any]) -> None:
        now = timezone.now() if options["as_of"] is None else parse_instant(options["as_of"])
        if options["dry_run"]:
            self._preview(now=now, as_json=options["json"])
            return
        previous = Tick.latest()
        is_hourly = options["as_of"] is None and tick.is_first_of_hour(now=now)
        with OutcomeSpool() as spool:
            try:
                with signals.on_sigterm() as stop:
                    result = tick.run_tick(
                        now=now,
                        concurrency=settings.JOBS_CONCURRENCY,
                        stop=stop,
                        on_outcome=spool.add,
                    )
            except EffectiveTimeRefused as refused:
                raise UsageError(f"--as-of {refused}") from None
            if options["json"]:
                output.write_json(_payload(result), outcomes=spool.read(), stream=self.stdout)
            elif not (options["scheduled"] and _idle(result)):
                self._report(result, spool=spool)
        if options["as_of"] is None:
            _evaluate_alerts(previous=previous)
            with signals.on_sigterm() as stop:
                _deliver(stop)
        if is_hourly:
            # After the jobs, which are due at their minute, and after the report.
            with signals.on_sigterm() as stop:
                clean_up.delete_old_rows(now=timezone.now(), stop=stop)
        if not result.success:
            raise FailedHotels(_failure_text(result))

    def _report(self, result: TickResult, *, spool: OutcomeSpool) -> None:
        opened = result.opened
        self.stdout.write(
            f"{counted(opened.due, 'run')} due, {opened.missed:,} missed, "
            f"{len(result.closed):,} interrupted, "
            f"{counted(result.tally.total, 'execution')} run."
        )
        if result.handed_out:
            self.stdout.write(f"{counted(result.handed_out, 'execution')} handed to the workers.")
        if opened.reopened:
            verb = "is" if opened.reopened == 1 else "are"
            self.stdout.write(
                f"The clock was set back: {counted(opened.reopened, 'missed run')} {verb} "
                "due again."
            )
        for problem in opened.problems:
            self.stdout.write(problem)
        for execution in result.closed:
            self.stdout.write(output.interrupted_line(execution))
        for execution in result.overdue[:OVERDUE_NAMED]:
            since = f"{execution.waits_since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            self.stdout.write(
                f"{execution.job_name} {execution.hotel.code}: has waited since {since}."
            )
        for code, found_at in _locked(result)[:OVERDUE_NAMED]:
            self.stdout.write(
                f"{code}: not opened since {found_at:%Y-%m-%d %H:%M} UTC, as another transaction "
                "has locked the hotel. The next tick opens it."
            )
        output.write_outcomes(spool.read(), stream=self.stdout)

    def _preview(self, *, now: datetime, as_json: bool) -> None:
        last = Tick.latest()
        since = min(last.looked_until, now) if last else now
        plan = scheduling.plan_slots(since=since, now=now)
        codes = output.hotel_codes_by_id(
            [due.hotel_id for due in plan.due] + [terms.hotel_id for terms, _ in plan.missed]
        )
        rows = [(due.job_name, codes[due.hotel_id], due.slot, "run") for due in plan.due] + [
            (terms.job_name, codes[terms.hotel_id], missed.slot, missed.words)
            for terms, missed in plan.missed
        ]
        if as_json:
            slots = [
                {"job": job, "hotel": hotel, "scheduledFor": iso(slot), "what": status}
                for job, hotel, slot, status in rows
            ]
            self.stdout.write(json.dumps({"dryRun": True, "slots": slots}, indent=1))
            return
        self.stdout.write(
            f"Preview: {counted(len(plan.due), 'run')} due, {len(plan.missed):,} missed. "
            "Nothing was saved."
        )
        if rows:
            self.stdout.write(output.slots_text(rows, stream=self.stdout), ending="")


def _deliver(stop: Stop) -> None:
    """Send what the jobs and people put into the outbox, or let the workers of the queue send it.

    Failures are shown with the messages.
    """
    try:
        if queue.is_attended():
            queue.send_delivery()
            return
        deliver_due(within=DELIVERY_TIME, stop=stop)
    except DatabaseError:
        # The jobs are done and reported; the next tick goes on.
        _log.exception("Messages could not be sent.")


def _evaluate_alerts(*, previous: Tick | None) -> None:
    """Open and close alerts, at the time after the jobs ran; an error breaks no tick."""
    # Imported when the jobs have run: they don't wait for it.
    from jobs.alerts.digest import send_digests
    from jobs.alerts.evaluation import evaluate

    before = previous.ticked_at if previous else None
    try:
        evaluate(now=timezone.now(), previous_tick=before)
        send_digests(now=timezone.now())
    except Exception:  # noqa: BLE001  the work of the tick is done and has to be reported
        _log.exception("The alert rules could not be evaluated.")


def _idle(result: TickResult) -> bool:
    opened = result.opened
    busy = opened.due or opened.missed or opened.reopened or opened.problems
    worked = result.tally.total or result.handed_out
    return not (busy or result.closed or result.overdue or result.locked or worked)


def _locked(result: TickResult) -> list[tuple[str, datetime]]:
    """The codes of the hotels that were locked, and the times of the ticks that found them so."""
    codes = {hotel.pk: hotel.code for hotel in result.locked}
    return sorted(
        (codes[hotel.hotel_id], hotel.found_at.astimezone(UTC))
        for hotel in result.opened.locked
        if hotel.hotel_id in codes
    )


def _failure_text(result: TickResult) -> str:
    tally = result.tally
    parts = [
        f"{counted(tally.failed, 'execution')} failed" if tally.failed else "",
        f"{counted(tally.with_problems, 'execution')} completed with problems"
        if tally.with_problems
        else "",
        f"{counted(len(result.closed), 'execution')} interrupted (worker stopped)"
        if result.closed
        else "",
        f"{counted(result.overdue_count, 'execution')} waiting too long" if result.overdue else "",
        f"{counted(result.locked_long, 'hotel')} locked too long" if result.locked_long else "",
        counted(len(result.opened.problems), "invalid schedule") if result.opened.problems else "",
        "" if result.sealed else "audit trail and documents not sealed",
    ]
    return f"The tick reports: {', '.join(filter(None, parts))}."


def _payload(result: TickResult) -> dict[str, Any]:
    return {
        "asOf": iso(result.now),
        "success": result.success,
        "opened": result.opened.due,
        "missed": result.opened.missed,
        "reopened": result.opened.reopened,
        "problems": list(result.opened.problems),
        "interrupted": output.interrupted_payload(result.closed),
        "overdue": [
            {
                "executionId": row.pk,
                "job": row.job_name,
                "hotel": row.hotel.code,
                "since": iso(row.waits_since),
            }
            for row in result.overdue
        ],
        "overdueCount": result.overdue_count,
        "handedOut": result.handed_out,
        "sealed": result.sealed,
        "locked": [{"hotel": code, "since": iso(since)} for code, since in _locked(result)],
    }
