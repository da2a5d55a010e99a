"""Options and exit codes shared by the commands that read a file of bookings."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from django.core.management.base import CommandError

from hotels.importing.hotel import CURRENCY, ZONE
from hotels.importing.records import ImportRefused

WRONG_USAGE = 2


def add_file_arguments(parser: ArgumentParser) -> None:
    """Add FILE, --hotel, --timezone, --currency and --json."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="CSV file, UTF-8, one booking per line."
    )
    parser.add_argument(
        "--hotel",
        metavar="NAME",
        help="Hotel to read (column hotel); needed if the file contains several.",
    )
    parser.add_argument(
        "--timezone",
        metavar="ZONE",
        help=f"IANA time zone; default: the time zone the hotel has, or {ZONE}.",
    )
    parser.add_argument(
        "--currency",
        metavar="CODE",
        help=f"ISO 4217 code; default: the currency the hotel has, or {CURRENCY}.",
    )
    parser.add_argument("--json", action="store_true", help="Print the result as JSON.")


def parse_date_option(text: str, *, option: str) -> date:
    """Parse a date such as 2016-06-30; raises ImportRefused, naming the option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ImportRefused(f"{option}: {text!r} is not a date such as 2016-06-30.") from None


@contextmanager
def refusals_as_usage_errors() -> Iterator[None]:
    """Turn ImportRefused in the block into a CommandError with exit code 2."""
    try:
        yield
    except ImportRefused as refusal:
        raise CommandError(str(refusal), returncode=WRONG_USAGE) from refusal
