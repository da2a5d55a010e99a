"""UTC offset changes of a time zone. Instants in this module are naive UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

SECOND = timedelta(seconds=1)
# Shorter than the time between any two changes; the shortest since 1900 is four days.
STRIDE = timedelta(days=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """A period [begin, end) with one UTC offset; `before` is the offset just before it."""

    begin: datetime
    end: datetime
    before: timedelta
    offset: timedelta


def new_year(year: int) -> datetime:
    """Return the first instant of a UTC year."""
    return datetime(year, 1, 1)  # noqa: DTZ001 - naive UTC


@lru_cache(maxsize=32768)
def stretches(zone: tzinfo, year: int) -> tuple[Stretch, ...]:
    """Return the stretches that cover a UTC year.

    The first one starts when its offset started, even if that was in the previous year. The last
    one ends with the year.
    """
    changes = [*_changes(zone, year - 1), *_changes(zone, year)]
    starts = [new_year(year - 1), *changes]
    ends = [*changes, new_year(year + 1)]
    return tuple(
        Stretch(
            begin=begin,
            end=end,
            before=_offset(zone, begin - SECOND),
            offset=_offset(zone, begin),
        )
        for begin, end in zip(starts, ends, strict=True)
        if end > new_year(year)
    )


@lru_cache(maxsize=32768)
def _changes(zone: tzinfo, year: int) -> tuple[datetime, ...]:
    """Return the first instant of each new offset within a UTC year."""
    found = []
    seen = new_year(year) - SECOND
    last = new_year(year + 1) - SECOND
    offset = _offset(zone, seen)
    while seen < last:
        probe = min(seen + STRIDE, last)
        new = _offset(zone, probe)
        if new != offset:
            found.append(_change(zone, seen, probe))
        seen, offset = probe, new
    return tuple(found)


def _change(zone: tzinfo, seen: datetime, probe: datetime) -> datetime:
    """Find the first second after `seen` with the offset of `probe`, by bisection."""
    new = _offset(zone, probe)
    while probe - seen > SECOND:
        middle = seen + timedelta(seconds=(probe - seen) // SECOND // 2)
        if _offset(zone, middle) == new:
            probe = middle
        else:
            seen = middle
    return probe


def _offset(zone: tzinfo, instant: datetime) -> timedelta:
    return instant.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()
