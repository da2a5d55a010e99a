"""`manage.py replay_bookings FILE --from DATE --to DATE`: replay days of a real hotel."""

import json
import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from hotels.i18n import counted
from hotels.importing.command_options import (
    add_file_arguments,
    parse_date_option,
    refusals_as_usage_errors,
)
from hotels.importing.reading import read_bookings
from jobs.cli import tables
from jobs.replay.daily_report import ReplayedDay, report_table, total_of
from jobs.replay.replay import Replay, evening_before

WIDTH = 220
PROBLEMS_SHOWN = 20


class Command(BaseCommand):
    """Load a sandbox hotel as of the evening before the first day, then replay the days."""

    help = (
        "Load the bookings of the evening before --from, then replay the file day by day with the"
        " jobs at hotel-local hours: housekeeping at 06:00, the no-show check every two hours,"
        " availability and invoices after day close. Outcomes count from the day they happened:"
        " a departure on arrival + nights, a no-show on the arrival date (import_bookings uses the"
        " day they were recorded). The hotel becomes a sandbox: all its data is replaced."
        " Exit code 1 when a job failed or reported a problem."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add FILE with its options, and the first and last day."""
        add_file_arguments(parser)
        parser.add_argument(
            "--from", dest="first", metavar="DATE", required=True, help="The first day."
        )
        parser.add_argument(
            "--to", dest="last", metavar="DATE", required=True, help="The last day."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, replay and report.

        Raises CommandError: exit code 2 for wrong options or an unusable file, before anything is
        saved; exit code 1 when a job failed or reported a problem.
        """
        with refusals_as_usage_errors():
            first = parse_date_option(options["first"], option="--from")
            last = parse_date_option(options["last"], option="--to")
            replay = evening_before(
                file=read_bookings(path=options["file"], hotel=options["hotel"]),
                first=first,
                last=last,
                now=timezone.now(),
                timezone=options["timezone"],
                currency=options["currency"],
            )
        rows = self._replay(replay)
        if options["json"]:
            self.stdout.write(json.dumps(_payload(replay, rows), indent=1))
        else:
            text = tables.rich_text(report_table(rows), width=WIDTH, colour=False)
            self.stdout.write(text, ending="")
        if replay.problems:
            self._report_problems(replay.problems)

    def _replay(self, replay: Replay) -> list[tuple[date, ReplayedDay]]:
        """Return the figures of each day; show a progress bar in a terminal."""
        return list(
            track(
                replay.days(),
                description="Days",
                total=(replay.last - replay.first).days + 1,
                console=Console(stderr=True),
                transient=True,
                disable=not sys.stderr.isatty(),
            )
        )

    def _report_problems(self, problems: list[str]) -> None:
        for problem in problems[:PROBLEMS_SHOWN]:
            self.stderr.write(problem)
        more = len(problems) - PROBLEMS_SHOWN
        rest = f"; the first {PROBLEMS_SHOWN} are shown" if more > 0 else ""
        raise CommandError(
            f"{counted(len(problems), 'problem')} during the replay{rest}.", returncode=1
        )


def _payload(replay: Replay, rows: list[tuple[date, ReplayedDay]]) -> dict[str, Any]:
    return {
        "hotel": replay.books.hotel.code,
        "from": replay.first.isoformat(),
        "to": replay.last.isoformat(),
        "days": [{"date": day.isoformat(), **row.payload()} for day, row in rows],
        "totals": total_of([row for _, row in rows]).payload(),
        "problems": replay.problems,
    }
