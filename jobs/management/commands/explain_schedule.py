"""`manage.py explain_schedule '30 1 * * *' --zone Europe/Lisbon`: a cron expression explained."""

import difflib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from rich.table import Table

from jobs import cron_expressions
from jobs.cli import output
from jobs.cli.job_command import UsageError, parse_instant
from jobs.cron_expressions import BadExpression

MOST = 1000


class Command(BaseCommand):
    help = "A cron expression in words and its next instants, in a time zone and in UTC."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "expression", help="Minute, hour, day of month, month, day of week: '30 1 * * *'."
        )
        parser.add_argument(
            "--zone",
            default="UTC",
            metavar="IANA-ZONE",
            help="The time zone the expression is read in, such as Europe/Lisbon; default UTC.",
        )
        parser.add_argument(
            "--from",
            dest="start",
            metavar="ISO-INSTANT",
            help="Instants after this one, such as 2026-03-29T00:00:00Z; default now.",
        )
        parser.add_argument(
            "--count", default="5", metavar="N", help=f"How many instants, 1 to {MOST}; default 5."
        )
        parser.add_argument("--json", action="store_true", help="The answer as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Explain; raises UsageError for a wrong expression, zone, instant or count."""
        expression = options["expression"]
        try:
            cron_expressions.validate(expression=expression)
        except BadExpression as error:
            raise UsageError(str(error)) from None
        zone = _zone(options["zone"])
        count = _count(str(options["count"]))
        after = timezone.now() if options["start"] is None else parse_instant(options["start"])
        upcoming = cron_expressions.upcoming(expression=expression, zone=zone, after=after)
        instants = list(islice(upcoming, count))
        words = cron_expressions.describe(expression=expression)
        if options["json"]:
            answer = {
                "expression": expression,
                "zone": zone.key,
                "words": words,
                "next": [instant.isoformat() for instant in instants],
            }
            self.stdout.write(json.dumps(answer, indent=1))
            return
        self.stdout.write(f"{words} ({zone.key})")
        if instants:
            table = _table(instants, zone)
            self.stdout.write(output.printed(table, on=self.stdout), ending="")
        if len(instants) < count:
            self.stdout.write(f"Nothing more comes in {cron_expressions.LOOK_AHEAD} years.")


def _zone(name: str) -> ZoneInfo:
    known = available_timezones()
    if name in known:
        return ZoneInfo(name)
    # A city without its continent is the commonest slip, and another case the next.
    spellings = {zone.lower(): zone for zone in sorted(known)}
    spellings |= {zone.rpartition("/")[2].lower(): zone for zone in sorted(known) if "/" in zone}
    wanted = name.strip().lower().replace(" ", "_")
    close = difflib.get_close_matches(wanted, spellings, n=3, cutoff=0.7)
    near = list(dict.fromkeys(spellings[spelling] for spelling in close))
    hint = f"; did you mean {' or '.join(near)}?" if near else " such as Europe/Lisbon."
    raise UsageError(f"{name!r} is not an IANA time zone{hint}")


def _count(text: str) -> int:
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= count <= MOST:
        raise UsageError(f"--count is a whole number from 1 to {MOST}, not {text!r}.")
    return count


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
