"""Quiet hours, in the time of the hotels."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def not_before(
    *, now: datetime, zones: Iterable[ZoneInfo], quiet_from: time | None, quiet_until: time | None
) -> datetime | None:
    """Return the end of the quiet hours; None if it is not quiet now in one of the zones.

    Where hotels have different times, it is quiet only while it is quiet in all of them. Without
    hotels or hours it is never quiet.
    """
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return None
    ends = [_end(now, zone, quiet_from, quiet_until) for zone in set(zones)]
    awake = [end for end in ends if end is not None]
    return min(awake) if ends and len(awake) == len(ends) else None


def _end(now: datetime, zone: ZoneInfo, first: time, until: time) -> datetime | None:
    local = now.astimezone(zone)
    here = local.time()
    quiet = first <= here < until if first < until else here >= first or here < until
    if not quiet:
        return None
    day = local.date() if here < until else local.date() + timedelta(days=1)
    return datetime.combine(day, until, tzinfo=zone)
