"""The hours in which guests are written to: by day, in the hotel's time."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hotels.calendar import local_instant

FIRST = time(8)
LAST = time(21)


def next_guest_hour(now: datetime, *, zone: ZoneInfo) -> datetime:
    """`now` if it is between 08:00 and 21:00 in `zone`, else the next 08:00."""
    local = now.astimezone(zone)
    if FIRST <= local.time() < LAST:
        return now
    day = local.date() if local.time() < FIRST else local.date() + timedelta(days=1)
    return local_instant(day=day, at=FIRST, zone=zone)
