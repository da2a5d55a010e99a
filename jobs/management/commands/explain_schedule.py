"""`manage.py explain_schedule '30 1 * * *' --zone Europe/Lisbon`: explain a cron expression."""

import difflib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from rich.table import Table

from hotels.time_zones import known_zones
from jobs import cron_expressions
from jobs.cli import tables
from jobs.cli.arguments import UsageError, parse_instant, parse_option_number
from jobs.cron_expressions import BadExpression

MAX_COUNT = 1000


class Command(BaseCommand):
    help = "Describe a cron expression and list its next times, in a time zone and in UTC."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "expression", help="Minute, hour, day of month, month, day of week: '30 1 * * *'."
        )
        parser.add_argument(
            "--zone",
            default="UTC",
            metavar="IANA-ZONE",
            help="The time zone of the expression, such as Europe/Lisbon. Default: UTC.",
        )
        parser.add_argument(
            "--from",
            dest="start",
            metavar="ISO-INSTANT",
            help="List times after this one, such as 2026-03-29T00:00:00Z. Default: now.",
        )
        parser.add_argument(
            "--count",
            default="5",
            metavar="N",
            help=f"Number of times to list, 1 to {MAX_COUNT}. Default: 5.",
        )
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Explain the expression; raises UsageError for a wrong argument."""
        expression = options["expression"]
        try:
            cron_expressions.validate(expression=expression)
        except BadExpression as error:
            raise UsageError(str(error)) from None
        zone = _zone(options["zone"])
        count = parse_option_number(
            str(options["count"]), option="--count", smallest=1, largest=MAX_COUNT
        )
        after = timezone.now() if options["start"] is None else parse_instant(options["start"])
        upcoming = cron_expressions.upcoming(expression=expression, zone=zone, after=after)
        instants = list(islice(upcoming, count))
        description = cron_expressions.describe(expression=expression)
        if options["json"]:
            answer = {
                "expression": expression,
                "zone": zone.key,
                "words": description,
                "next": [instant.isoformat() for instant in instants],
            }
            self.stdout.write(json.dumps(answer, indent=1))
            return
        self.stdout.write(f"{description} ({zone.key})")
        if instants:
            table = _table(instants, zone)
            self.stdout.write(tables.table_text(table, stream=self.stdout), ending="")
        if len(instants) < count:
            years = cron_expressions.LOOK_AHEAD
            self.stdout.write(f"No further times in the next {years} years.")


def _zone(name: str) -> ZoneInfo:
    known = known_zones()
    if name in known:
        return ZoneInfo(name)
    # Most common errors: a city without its continent, and wrong upper and lower case.
    spellings = {zone.lower(): zone for zone in sorted(known)}
    spellings |= {zone.rpartition("/")[2].lower(): zone for zone in sorted(known) if "/" in zone}
    wanted = name.strip().lower().replace(" ", "_")
    close = difflib.get_close_matches(wanted, spellings, n=3, cutoff=0.7)
    near = list(dict.fromkeys(spellings[spelling] for spelling in close))
    hint = f"; did you mean {' or '.join(near)}?" if near else " such as Europe/Lisbon."
    raise UsageError(f"{name!r} is not an IANA time zone{hint}")


def _table(instants: Sequence[datetime], zone: ZoneInfo) -> Table:
    grid = Table(pad_edge=False)
    grid.add_column(zone.key, no_wrap=True)
    grid.add_column("UTC", no_wrap=True)
    for instant in instants:
        grid.add_row(
            f"{instant:%a} {instant.isoformat(sep=' ')}",
            f"{instant.astimezone(UTC):%a %Y-%m-%d %H:%M:%S}",
        )
    return grid
