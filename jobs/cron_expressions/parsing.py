"""Parsing of cron expressions into wall times, without a time zone.

CronSim parses the fields and matches the days. Its instants are not used: near a clock change they
can go back in time or be wrong.
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
    """The expression is invalid, or not allowed as a schedule. The message is one sentence."""


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A parsed expression.

    `times` are the times of a day, counted from midnight, in ascending order. `fixed` is True when
    neither the minutes nor the hours start with `*`: a clock change then neither skips nor repeats
    a time.
    """

    expression: str
    times: tuple[timedelta, ...]
    months: frozenset[int]
    day_matches: Callable[[date], bool]
    fixed: bool


@lru_cache(maxsize=4096)
def fields_of(expression: str) -> CronSim:
    """Return the fields as sets of numbers; the first of six fields is the seconds.

    Raises BadExpression.
    """
    try:
        return CronSim(expression, datetime(2000, 1, 1))  # noqa: DTZ001 - only the fields are used
    except (CronSimError, ValueError) as error:
        raise BadExpression(f"{expression!r} is not a cron expression: {error}.") from None


@lru_cache(maxsize=4096)
def parse(expression: str) -> Pattern:
    """Parse an expression; raises BadExpression."""
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
    """Yield the matching naive times in [start, end); in descending order if `backwards`."""
    ordered = reversed if backwards else iter
    times = pattern.times
    months = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
    for month in ordered(months):
        if month % 12 + 1 not in pattern.months:
            continue
        midnights = _midnights(pattern.expression, month // 12, month % 12 + 1)
        days = midnights[bisect_right(midnights, start - DAY) : bisect_left(midnights, end)]
        for midnight in ordered(days):
            first, last = bisect_left(times, start - midnight), bisect_left(times, end - midnight)
            for time in ordered(times[first:last]):
                yield midnight + time


@lru_cache(maxsize=16384)
def _midnights(expression: str, year: int, month: int) -> tuple[datetime, ...]:
    """Return the midnights of the matching days of a month."""
    matches = parse(expression).day_matches
    days = range(1, monthrange(year, month)[1] + 1)
    midnights = (datetime(year, month, day) for day in days)  # noqa: DTZ001 - wall times
    return tuple(midnight for midnight in midnights if matches(midnight.date()))
