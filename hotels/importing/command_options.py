"""What the commands that take a file of bookings have in common."""

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
    """FILE, --hotel, --timezone, --currency and --json."""
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV, UTF-8, one booking a line.")
    parser.add_argument(
        "--hotel",
        metavar="NAME",
        help="Which hotel of the file (its column hotel); needed when it holds several.",
    )
    parser.add_argument(
        "--timezone",
        metavar="ZONE",
        help=f"IANA name; otherwise that of the hotel loaded before, or {ZONE}.",
    )
    parser.add_argument(
        "--currency",
        metavar="CODE",
        help=f"ISO 4217 code; otherwise that of the hotel loaded before, or {CURRENCY}.",
    )
    parser.add_argument("--json", action="store_true", help="The result as JSON.")


def parse_date(text: str, *, option: str) -> date:
    """A date such as 2016-06-30; raises ImportRefused, naming the option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ImportRefused(f"{option}: {text!r} is not a date such as 2016-06-30.") from None


@contextmanager
def refusals_as_wrong_usage() -> Iterator[None]:
    """Inside, a refusal ends the command with its sentence and exit code 2."""
    try:
        yield
    except ImportRefused as refusal:
        raise CommandError(str(refusal), returncode=WRONG_USAGE) from refusal
