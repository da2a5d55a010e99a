"""Business dates, nights and local deadlines.

Everything is calculated in the hotel's local time: hours are never subtracted from an instant,
because that gives a wrong date on nights when the clocks change.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


def local_date(*, now: datetime, zone: ZoneInfo) -> date:
    """The local calendar date at the instant `now`."""
    return now.astimezone(zone).date()


def business_date(*, now: datetime, zone: ZoneInfo, day_close: time) -> date:
    """The business date at `now`: before day close, the previous local date (domain rule 0).

    It never runs backwards: where clocks go back over the close time, the day closes at the second
    one, and the same date lasts until then.
    """
    day = now.astimezone(zone).date()
    while now < day_start(day=day, zone=zone, day_close=day_close):
        day -= ONE_DAY
    return day


@lru_cache(maxsize=4096)  # the stays and cleans of a hotel are of a few days
def day_start(*, day: date, zone: ZoneInfo, day_close: time) -> datetime:
    """The UTC instant at which the business date `day` begins and the previous one closes."""
    return local_instant(day=day, at=day_close, zone=zone, later=True)


def nights(*, arrival: date, departure: date) -> Iterator[date]:
    """The nights of a stay, departure date excluded; day use has none.

    Raises ValueError when the departure is before the arrival.
    """
    if departure < arrival:
        raise ValueError(f"departure {departure} is before arrival {arrival}")
    return (arrival + timedelta(days=n) for n in range((departure - arrival).days))


def local_instant(*, day: date, at: time, zone: ZoneInfo, later: bool = False) -> datetime:
    """The UTC instant of a local time of day.

    A time skipped in spring becomes the first valid instant after the gap. A time that occurs
    twice in autumn is the first occurrence, or the second with `later`, which is used for
    deadlines that cost the guest money (domain rule 0).
    """
    wall = datetime.combine(day, at)
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) != wall:
        return _end_of_gap(before=second, after=first, zone=zone)
    return second if later else first


def _end_of_gap(*, before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between two at which the zone's offset changes, found by bisection.

    Exact to the second.
    """
    # For a local time inside a gap, fold=1 applies the new offset and gives an instant before the
    # change; fold=0 applies the old offset and gives one after it.
    old = before.astimezone(zone).utcoffset()
    # Offsets change at whole seconds; a fraction in the input would stay in the result.
    low, high = before.replace(microsecond=0), after.replace(microsecond=0)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
        if middle.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high


def iso(at: datetime | None) -> str | None:
    """An instant as text in UTC, such as `2026-07-01T03:30:00Z`; None without one."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
