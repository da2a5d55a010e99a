"""Ruling out, without reading a calendar, that an expression is due within minutes."""

import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta, tzinfo

from jobs.cron_expressions.zone_transitions import stretches

LONGEST = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
# At a fixed minute each day or each hour: nearly every schedule is of this form.
_PLAIN = re.compile(r"([0-9]{1,2}) ([0-9]{1,2}|\*) \* \* \*", re.ASCII)

# Hours and minutes of the clock.
ClockTimes = frozenset[tuple[int, int]]


def clock_times(*, zones: Iterable[tzinfo], after: datetime, until: datetime) -> ClockTimes | None:
    """Return the hours and minutes that clocks in the zones show in (after, until].

    None if that is longer than `LONGEST`, or a clock is changed in this time.
    """
    if until - after > LONGEST:
        return None
    start, end = (at.astimezone(UTC).replace(tzinfo=None) for at in (after, until))
    found: set[tuple[int, int]] = set()
    for zone in zones:
        if any(start <= each.begin <= end for each in stretches(zone, end.year)):
            return None
        offset = after.astimezone(zone).utcoffset() or timedelta()
        at = (start + offset).replace(second=0, microsecond=0) + _MINUTE
        while at <= end + offset:
            found.add((at.hour, at.minute))
            at += _MINUTE
    return frozenset(found)


def may_be_due(expression: str, *, at: ClockTimes, minutes: Collection[int]) -> bool:
    """False only if a valid expression is due at none of the times; `minutes` are theirs."""
    match = _PLAIN.fullmatch(expression)
    if match is None:
        return True
    minute, hour = int(match[1]), match[2]
    if minute > 59 or (hour != "*" and int(hour) > 23):
        return True  # it cannot be read
    return minute in minutes if hour == "*" else (int(hour), minute) in at
