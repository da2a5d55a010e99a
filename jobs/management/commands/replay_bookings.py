"""`manage.py replay_bookings FILE --from DATE --to DATE`: days of a real hotel, lived again."""

import json
import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import track

from hotels.importing.command_options import add_file_arguments, parse_date, refusals_as_wrong_usage
from hotels.importing.reading import read_bookings
from jobs.cli import output
from jobs.replay import ledger
from jobs.replay.ledger import DayRow
from jobs.replay.replay import Replay, evening_before

WIDTH = 220
PROBLEMS_SHOWN = 20


class Command(BaseCommand):
    """Loads a sandbox hotel as of the evening before, then lets its days happen."""

    help = (
        "Start from the books of the evening before --from and let happen, day by day, what the"
        " file says; the jobs run at hotel-local hours: the round at 06:00, the no-show check"
        " every two hours, after day close availability and invoices. Outcomes count from the day"
        " they happened: departure on arrival + nights, a no-show on the arrival date"
        " (import_bookings goes by the day they were recorded). The hotel becomes a sandbox:"
        " its former books are replaced. Exit code 1 when a job failed or left something undone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE and its options, and the days."""
        add_file_arguments(parser)
        parser.add_argument("--from", dest="first", metavar="DATE", required=True)
        parser.add_argument("--to", dest="last", metavar="DATE", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, live, report; a refusal writes nothing and exits with 2."""
        with refusals_as_wrong_usage():
            first = parse_date(options["first"], option="--from")
            last = parse_date(options["last"], option="--to")
            replay = evening_before(
                file=read_bookings(path=options["file"], hotel=options["hotel"]),
                first=first,
                last=last,
                timezone=options["timezone"],
                currency=options["currency"],
            )
        rows = self._lived(replay)
        if options["json"]:
            self.stdout.write(json.dumps(_payload(replay, rows), indent=1))
        else:
            text = output.rendered(ledger.table(rows), width=WIDTH, colour=False)
            self.stdout.write(text, ending="")
        if replay.problems:
            self._complain(replay.problems)

    def _lived(self, replay: Replay) -> list[tuple[date, DayRow]]:
        """The rows; where a person watches, a line shows how far it is."""
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

    def _complain(self, problems: list[str]) -> None:
        for problem in problems[:PROBLEMS_SHOWN]:
            self.stderr.write(problem)
        more = len(problems) - PROBLEMS_SHOWN
        rest = f", {more} more than shown" if more > 0 else ""
        raise CommandError(f"{len(problems)} things went wrong on the way{rest}.", returncode=1)


def _payload(replay: Replay, rows: list[tuple[date, DayRow]]) -> dict[str, Any]:
    return {
        "hotel": replay.books.hotel.code,
        "from": replay.first.isoformat(),
        "to": replay.last.isoformat(),
        "days": [{"date": day.isoformat(), **row.payload()} for day, row in rows],
        "totals": ledger.total_of([row for _, row in rows]).payload(),
        "problems": replay.problems,
    }
