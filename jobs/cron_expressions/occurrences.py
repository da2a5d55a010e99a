"""The instants at which an expression is due, in a zone.

The rule is that of Debian's cron (cron(8), "daylight savings time"): a fixed time in a gap comes
once, at the first instant after it; in a repeated hour once, on the first pass; times with `*` in
the minutes or hours follow the clock. A date that a zone leaves out (Pacific/Apia, 30 December
2011) has no slots.

What is given back is aware, in the zone. Python compares two times of one zone by the wall, and
takes an ambiguous one for unequal to any time of another zone: go to UTC to compare or store.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from jobs.cron_expressions.parsing import DAY, Pattern, parse, wall_times
from jobs.cron_expressions.zone_transitions import Stretch, new_year, stretches

# 29 February on a given weekday takes up to 40 years, across 2100.
LOOK_AHEAD = 41
# Where slots are looked for: zones keep whole hours since about 1900, datetime ends with 9999.
YEARS = range(1900, 9999)
TICK = timedelta.resolution


def upcoming(*, expression: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """The instants strictly after `after`, in the zone, each later than the one before in UTC.

    Ends where nothing comes in LOOK_AHEAD years. Raises BadExpression, and ValueError for an
    instant without an offset.
    """
    return _aware(_endless(parse(expression), zone, _utc(after) + TICK), zone)


def between(
    *, expression: str, zone: tzinfo, after: datetime, until: datetime
) -> Iterator[datetime]:
    """The instants in (after, until], in the zone, rising; raises as `upcoming` does."""
    start, end = _utc(after) + TICK, _utc(until) + TICK
    return _aware(_bounded(parse(expression), zone, start, end), zone)


def latest(*, expression: str, zone: tzinfo, at: datetime) -> datetime | None:
    """The newest instant not after `at`, in the zone; None where none came in LOOK_AHEAD years.

    Raises as `upcoming` does.
    """
    end = _utc(at) + TICK
    pattern = parse(expression)
    for year in range(end.year, end.year - LOOK_AHEAD - 1, -1):
        falling = _in_year(pattern, zone, year, end=end, backwards=True)
        for instant in _aware(falling, zone):
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
    """The instants of a year of UTC in [start, end), rising, or falling where `backwards`."""
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
        instant = max(wall - stretch.offset, stretch.begin)  # a skipped time comes after the gap
        if instant != previous:
            yield instant
        previous = instant


def _first_unseen(stretch: Stretch, begin: datetime) -> datetime:
    """The first time on the wall that a fixed time may have from `begin` on.

    The wall has shown everything before `stretch.begin + stretch.before`: from there on times were
    skipped by a clock put forward, and up to there they are repeats of one put back.
    """
    shown = stretch.begin + stretch.before
    skips_dates = stretch.offset - stretch.before >= DAY
    if begin > stretch.begin or skips_dates:
        return max(shown, begin + stretch.offset)
    return shown


def _utc(instant: datetime) -> datetime:
    """The instant as naive UTC, whose arithmetic no zone disturbs."""
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no UTC offset, so it is no instant.")
    return instant.astimezone(UTC).replace(tzinfo=None)


def _aware(instants: Iterator[datetime], zone: tzinfo) -> Iterator[datetime]:
    return (instant.replace(tzinfo=UTC).astimezone(zone) for instant in instants)
