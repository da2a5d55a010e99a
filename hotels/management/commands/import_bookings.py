"""`manage.py import_bookings FILE`: load a sandbox hotel from a file of its bookings."""

import json
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from hotels.importing.booking_states import OutcomeDates, states_at
from hotels.importing.command_options import (
    add_file_arguments,
    parse_date_option,
    refusals_as_usage_errors,
)
from hotels.importing.loading import load
from hotels.importing.reading import BookingFile, read_bookings
from hotels.importing.report import ImportReport


class Command(BaseCommand):
    """Replace the bookings of a sandbox hotel by those of a file, in one transaction."""

    help = (
        "Load a hotel from a file of its bookings, as they were at the end of a day: the bookings"
        " made by then, and the outcomes recorded by then. The hotel is a sandbox: importing again"
        " replaces its bookings."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add FILE and its options, and --as-of."""
        add_file_arguments(parser)
        parser.add_argument(
            "--as-of",
            metavar="DATE",
            help="Load the state at the end of this day; default: the day after the last event.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, load and report; a refusal changes nothing and exits with code 2."""
        with refusals_as_usage_errors():
            as_of = options["as_of"]
            day = None if as_of is None else parse_date_option(as_of, option="--as-of")
            file = read_bookings(path=options["file"], hotel=options["hotel"])
            report = _load(file=file, as_of=day, options=options)
        if options["json"]:
            self.stdout.write(json.dumps(report.payload(), indent=1))
        else:
            self.stdout.write(report.text(), ending="")


def _load(*, file: BookingFile, as_of: date | None, options: dict[str, Any]) -> ImportReport:
    day = as_of or file.last_date + timedelta(days=1)
    entries = states_at(records=file.records, as_of=day, outcomes=OutcomeDates.RECORDED)
    loaded = load(
        name=file.hotel,
        records=file.records,
        entries=entries,
        as_of=day,
        now=timezone.now(),
        timezone=options["timezone"],
        currency=options["currency"],
    )
    return ImportReport(file=file, as_of=day, loaded=loaded, entries=entries)
