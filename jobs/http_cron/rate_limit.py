"""Rate limit on calls without the secret, by IP address, across all processes."""

import math
from datetime import datetime, timedelta

from django.db.models import F, Q

from jobs.models import CronRefusal
from jobs.models.execution import CLOCK_TOLERANCE

WINDOW = timedelta(minutes=5)
ALLOWED = 10


def count_refusal(*, address: str, now: datetime) -> int:
    """Count a refused call; return the seconds to wait before the next call, 0 below the limit.

    Above the limit this only reads, so that an attack causes no writes.
    """
    # A window that ends later than a new one was written by a machine whose clock was ahead.
    latest = now + WINDOW + CLOCK_TOLERANCE
    current = CronRefusal.objects.filter(address=address, ends_at__gt=now, ends_at__lte=latest)
    row = current.first()
    if row is not None and row.count >= ALLOWED:
        return math.ceil((row.ends_at - now).total_seconds())
    if not current.update(count=F("count") + 1):
        over = Q(ends_at__lte=now) | Q(ends_at__gt=latest)
        CronRefusal.objects.filter(over).delete()
        CronRefusal.objects.bulk_create(
            [CronRefusal(address=address, ends_at=now + WINDOW)], ignore_conflicts=True
        )
    return 0
