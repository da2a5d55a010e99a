"""The one home of business dates, nights and local deadlines.

Everything is computed on the wall clock of the hotel: hours are never subtracted from an instant,
because on the nights the clocks change that gives another date.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


def local_date(*, now: datetime, zone: ZoneInfo) -> date:
    """The calendar date on the hotel's wall at the instant `now`."""
    return now.astimezone(zone).date()


def business_date(*, now: datetime, zone: ZoneInfo, day_close: time) -> date:
    """The hotel's business day at `now`: local date, less one before day close (rule 0)."""
    local = now.astimezone(zone)
    return local.date() - ONE_DAY if local.time() < day_close else local.date()


def nights(*, arrival: date, departure: date) -> Iterator[date]:
    """The nights of a stay, half-open `[arrival, departure)`; day use has none.

    Raises ValueError when the departure is before the arrival.
    """
    if departure < arrival:
        raise ValueError(f"departure {departure} is before arrival {arrival}")
    return (arrival + timedelta(days=n) for n in range((departure - arrival).days))


def instant(*, day: date, at: time, zone: ZoneInfo, later: bool = False) -> datetime:
    """The UTC instant of a local time of day.

    A time that does not exist (spring gap) is the first valid instant after the gap. Of an
    ambiguous one (autumn) the first pass is taken, or with `later` the second: so for deadlines
    that cost the guest money (domain rule 0).
    """
    wall = datetime.combine(day, at)
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) != wall:
        return _end_of_gap(before=second, after=first, zone=zone)
    return second if later else first


def _end_of_gap(*, before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between two at which the zone's offset changes, to the second, by bisection."""
    # For a wall time inside a gap fold=1 reads it with the new offset, hence before the change,
    # and fold=0 with the old one, hence after it.
    old = before.astimezone(zone).utcoffset()
    # Whole seconds, as offsets change at such: else a part asked for would be left in the answer.
    low, high = before.replace(microsecond=0), after.replace(microsecond=0)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
        if middle.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high
