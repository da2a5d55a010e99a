"""The expressions of own schedules that have a slot in a period: few of many, in a minute."""

from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import QuerySet, Value

from hotels.models import Hotel
from jobs import cron_expressions
from jobs.cron_expressions import BadExpression
from jobs.models import JobSchedule

# Expressions to select schedules by; where more are due, all schedules are read.
MOST_EXPRESSIONS = 500

known_zone = lru_cache(ZoneInfo)


def expressions_due(
    rows: QuerySet[JobSchedule], *, since: datetime, now: datetime
) -> Collection[str]:
    """The expressions among `rows` with a slot in (since, now], and those that cannot be read.

    An expression counts if it has a slot in the zone of any hotel that uses it.
    """
    possible = _not_ruled_out(rows, since=since, now=now)
    if possible is not None and not possible:
        return ()
    if possible is not None and len(possible) <= MOST_EXPRESSIONS:
        rows = rows.filter(expression__in=possible)
    found = rows.order_by().values_list("expression", "clock", "hotel__timezone").distinct()
    due = set()
    for expression, clock, zone_name in found.iterator(chunk_size=2000):
        if expression in due:
            continue
        try:
            zone = UTC if clock == JobSchedule.Clock.UTC else known_zone(zone_name)
            slots = cron_expressions.between(
                expression=expression, zone=zone, after=since, until=now
            )
            is_due = next(iter(slots), None) is not None
        except (BadExpression, ZoneInfoNotFoundError, ValueError):
            is_due = True  # its hotels are read, and the problem is reported with them
        if is_due:
            due.add(expression)
    return due


def _not_ruled_out(
    rows: QuerySet[JobSchedule], *, since: datetime, now: datetime
) -> set[str] | None:
    """The expressions that may be due at a time that a clock of any hotel shows; None for all."""
    if now - since > cron_expressions.LONGEST_LOOK:
        return None
    # Both in one query: which zone an expression is in comes later, for the few that are left.
    of_rows = rows.order_by().values_list("expression", Value(False)).distinct()
    of_hotels = Hotel.objects.order_by().values_list("timezone", Value(True)).distinct()
    expressions, names = set[str](), set[str]()
    for text, is_zone in of_rows.union(of_hotels, all=True).iterator(chunk_size=2000):
        (names if is_zone else expressions).add(text)
    try:
        zones = [UTC, *map(known_zone, names)]
    except (ZoneInfoNotFoundError, ValueError):
        return None
    at = cron_expressions.clock_times(zones=zones, after=since, until=now)
    if at is None:
        return None
    minutes = {minute for _, minute in at}
    return {
        each for each in expressions if cron_expressions.may_be_due(each, at=at, minutes=minutes)
    }
