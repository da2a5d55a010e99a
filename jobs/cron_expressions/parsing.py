"""What an expression says of a calendar and a clock on the wall, before any time zone.

CronSim reads the fields and matches the days; it is not asked for instants, because near a change
of clocks those can go back in time, or come at times that are not due.
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from cronsim import CronSim, CronSimError

DAY = timedelta(days=1)


class BadExpression(ValueError):
    """Not a cron expression, or not one a hotel can set; the message is one sentence."""


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """An expression taken apart.

    `times` are the times of a day, from its midnight, rising. `fixed`: neither the minutes nor the
    hours begin with `*`, so that no change of clocks may lose or double a time.
    """

    expression: str
    times: tuple[timedelta, ...]
    months: frozenset[int]
    day_matches: Callable[[date], bool]
    fixed: bool


@lru_cache(maxsize=4096)
def fields_of(expression: str) -> CronSim:
    """The fields as sets of numbers; raises BadExpression. Six fields begin with the seconds."""
    try:
        return CronSim(expression, datetime(2000, 1, 1))  # noqa: DTZ001 - no instant is asked of it
    except (CronSimError, ValueError) as error:
        raise BadExpression(f"{expression!r} is not a cron expression: {error}.") from None


@lru_cache(maxsize=4096)
def parse(expression: str) -> Pattern:
    """The pattern of an expression; raises BadExpression."""
    fields = fields_of(expression)
    *_, minute, hour, _, _, _ = expression.split()
    five = len(expression.split()) == 5
    return Pattern(
        expression=expression,
        times=tuple(
            timedelta(hours=hours, minutes=minutes, seconds=seconds)
            for hours in sorted(fields.hours)
            for minutes in sorted(fields.minutes)
            for seconds in sorted(fields.seconds)
        ),
        months=frozenset(fields.months),
        day_matches=fields.match_day,
        fixed=five and not minute.startswith("*") and not hour.startswith("*"),
    )


def wall_times(
    *, pattern: Pattern, start: datetime, end: datetime, backwards: bool = False
) -> Iterator[datetime]:
    """The naive times in [start, end) that match, rising, or falling where `backwards`."""
    turned = reversed if backwards else iter
    times = pattern.times
    months = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
    for month in turned(months):
        if month % 12 + 1 not in pattern.months:
            continue
        midnights = _midnights(pattern.expression, month // 12, month % 12 + 1)
        days = midnights[bisect_right(midnights, start - DAY) : bisect_left(midnights, end)]
        for midnight in turned(days):
            first, last = bisect_left(times, start - midnight), bisect_left(times, end - midnight)
            for time in turned(times[first:last]):
                yield midnight + time


@lru_cache(maxsize=16384)
def _midnights(expression: str, year: int, month: int) -> tuple[datetime, ...]:
    """The matching days of a month, as their midnights."""
    matches = parse(expression).day_matches
    days = range(1, monthrange(year, month)[1] + 1)
    midnights = (datetime(year, month, day) for day in days)  # noqa: DTZ001 - a wall's, no zone's
    return tuple(midnight for midnight in midnights if matches(midnight.date()))
