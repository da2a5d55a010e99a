"""`manage.py import_bookings FILE`: the books of a hotel from a file of its bookings."""

import json
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from hotels.importing.booking_states import OutcomeDates, books_at
from hotels.importing.command_options import add_file_arguments, parse_date, refusals_as_wrong_usage
from hotels.importing.loading import load
from hotels.importing.reading import BookingFile, read_bookings
from hotels.importing.report import ImportReport


class Command(BaseCommand):
    """Loads a sandbox hotel; its former books are replaced, in one transaction."""

    help = (
        "Load a hotel's books from a file of its bookings, as the file knows them at the end of a"
        " day: bookings made by then, outcomes on record by then final (their recorded date"
        " counts; replay_bookings goes by the day they happened). The hotel becomes a sandbox:"
        " loading it again replaces its books."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE and its options, and the day."""
        add_file_arguments(parser)
        parser.add_argument(
            "--as-of",
            metavar="DATE",
            help="The end of this day; otherwise the day after the last event of the file.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, load, report; a refusal writes nothing and exits with 2."""
        with refusals_as_wrong_usage():
            as_of = options["as_of"]
            day = None if as_of is None else parse_date(as_of, option="--as-of")
            file = read_bookings(path=options["file"], hotel=options["hotel"])
            report = _load(file=file, as_of=day, options=options)
        if options["json"]:
            self.stdout.write(json.dumps(report.payload(), indent=1))
        else:
            self.stdout.write(report.text(), ending="")


def _load(*, file: BookingFile, as_of: date | None, options: dict[str, Any]) -> ImportReport:
    day = as_of or file.last_date + timedelta(days=1)
    entries = books_at(records=file.records, as_of=day, outcomes=OutcomeDates.RECORDED)
    books = load(
        name=file.hotel,
        records=file.records,
        entries=entries,
        as_of=day,
        timezone=options["timezone"],
        currency=options["currency"],
    )
    return ImportReport(file=file, as_of=day, books=books, entries=entries)
