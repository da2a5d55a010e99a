"""The instants at which a cron expression is due in a time zone.

The rule is the one of Debian's cron (cron(8), "daylight savings time"). A fixed time that a clock
change skips is due once, at the first instant after the gap. A fixed time in a repeated hour is
due once, in the first pass. Times with `*` in the minutes or hours follow the clock. A date that a
zone skips (Pacific/Apia, 30 December 2011) has no slots.

The instants returned are aware, in the zone. Convert them to UTC before comparing or storing them:
Python compares two times of one zone by their wall time, and an ambiguous time is never equal to a
time in another zone.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from jobs.cron_expressions.parsing import DAY, Pattern, parse, wall_times
from jobs.cron_expressions.zone_transitions import Stretch, new_year, stretches

# 29 February can take up to 40 years to fall on a given weekday, because 2100 is no leap year.
LOOK_AHEAD = 41
# The years searched: before 1900 zones had odd offsets, and datetime ends with 9999.
YEARS = range(1900, 9999)
TICK = timedelta.resolution


def upcoming(*, expression: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Yield the instants after `after`, in the zone, in ascending order.

    Ends when LOOK_AHEAD years have no instant. Raises BadExpression for an invalid expression,
    ValueError for an instant without an offset.
    """
    return _aware(_endless(parse(expression), zone, _utc(after) + TICK), zone)


def between(
    *, expression: str, zone: tzinfo, after: datetime, until: datetime
) -> Iterator[datetime]:
    """Yield the instants in (after, until], in the zone, in ascending order.

    Raises BadExpression and ValueError as `upcoming` does.
    """
    start, end = _utc(after) + TICK, _utc(until) + TICK
    return _aware(_bounded(parse(expression), zone, start, end), zone)


def latest(*, expression: str, zone: tzinfo, at: datetime) -> datetime | None:
    """Return the latest instant up to and including `at`, in the zone.

    None when the LOOK_AHEAD years before `at` have no instant. Raises BadExpression and ValueError
    as `upcoming` does.
    """
    end = _utc(at) + TICK
    pattern = parse(expression)
    for year in range(end.year, end.year - LOOK_AHEAD - 1, -1):
        descending = _in_year(pattern, zone, year, end=end, backwards=True)
        for instant in _aware(descending, zone):
            return instant
    return None


def _endless(pattern: Pattern, zone: tzinfo, start: datetime) -> Iterator[datetime]:
    year = last = start.year
    while year <= last + LOOK_AHEAD:
        for instant in _in_year(pattern, zone, year, start=start):
            yield instant
            last = year
        year += 1


def _bounded(pattern: Pattern, zone: tzinfo, start: datetime, end: datetime) -> Iterator[datetime]:
    for year in range(start.year, end.year + 1):
        yield from _in_year(pattern, zone, year, start=start, end=end)


def _in_year(
    pattern: Pattern,
    zone: tzinfo,
    year: int,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    backwards: bool = False,
) -> Iterator[datetime]:
    """Yield the instants of a UTC year in [start, end); in descending order if `backwards`."""
    if year not in YEARS:
        return
    first = new_year(year)
    for stretch in (reversed if backwards else iter)(stretches(zone, year)):
        begin = max(start or first, first, stretch.begin)
        finish = min(end or stretch.end, stretch.end)
        if begin < finish:
            yield from _in_stretch(pattern, stretch, begin, finish, backwards)


def _in_stretch(
    pattern: Pattern, stretch: Stretch, begin: datetime, finish: datetime, backwards: bool
) -> Iterator[datetime]:
    first = begin + stretch.offset
    if pattern.fixed:
        first = _first_unseen(stretch, begin)
    previous = None
    end = finish + stretch.offset
    for wall in wall_times(pattern=pattern, start=first, end=end, backwards=backwards):
        instant = max(wall - stretch.offset, stretch.begin)  # a skipped time is due after the gap
        if instant != previous:
            yield instant
        previous = instant


def _first_unseen(stretch: Stretch, begin: datetime) -> datetime:
    """Return the first wall time from `begin` on at which a fixed time can be due.

    The clock has already shown every wall time before `stretch.begin + stretch.before`. Earlier
    times are repeats after the clock was put back; later ones were skipped when it was put forward.
    """
    shown = stretch.begin + stretch.before
    skips_dates = stretch.offset - stretch.before >= DAY
    if begin > stretch.begin or skips_dates:
        return max(shown, begin + stretch.offset)
    return shown


def _utc(instant: datetime) -> datetime:
    """Return the instant as naive UTC, for arithmetic without time zones."""
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no UTC offset.")
    return instant.astimezone(UTC).replace(tzinfo=None)


def _aware(instants: Iterator[datetime], zone: tzinfo) -> Iterator[datetime]:
    return (instant.replace(tzinfo=UTC).astimezone(zone) for instant in instants)
