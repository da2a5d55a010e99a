"""Local times and business dates, by looking at the clock of the zone (rule 0)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@cache
def instant(zone: str, day: date, at: time, last: bool = False) -> datetime:
    """The instant at which clocks show a local time; after a gap, the first instant.

    A time that occurs twice is the first occurrence, or the second with `last`.
    """
    wall = datetime.combine(day, at)
    naive = wall.replace(tzinfo=UTC)
    offsets = {
        (naive + shift).astimezone(ZoneInfo(zone)).utcoffset() for shift in (-DAY, 0 * DAY, DAY)
    }
    shown = sorted(
        naive - offset
        for offset in offsets
        if offset is not None and wall_of(zone, naive - offset) == wall
    )
    if shown:
        return shown[-1] if last else shown[0]
    moment = min(naive - offset for offset in offsets if offset is not None)
    while wall_of(zone, moment) < wall:
        moment += MINUTE
    return moment


def wall_of(zone: str, moment: datetime) -> datetime:
    """The local time at an instant, without its zone."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def local_date(zone: str, moment: datetime) -> date:
    """The date on the calendar of the zone."""
    return wall_of(zone, moment).date()


def business_date(zone: str, close: time, moment: datetime) -> date:
    """The latest day that has begun: a day begins when the day before closes, the last time."""
    day = local_date(zone, moment) + DAY
    while instant(zone, day, close, True) > moment:
        day -= DAY
    return day


def days(start: date, end: date) -> Iterator[date]:
    """The days from `start` up to `end`, which is excluded."""
    while start < end:
        yield start
        start += DAY
