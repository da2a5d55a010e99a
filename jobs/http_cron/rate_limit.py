"""Counting those who come without the secret, by address, across all processes."""

import math
from datetime import datetime, timedelta

from django.db.models import F

from jobs.models import CronRefusal

WINDOW = timedelta(minutes=5)
ALLOWED = 10


def count_refusal(*, address: str, now: datetime) -> int:
    """Count a refusal; returns for how many seconds the address is to stay away, 0 for not at all.

    One that is to stay away costs a look and no write.
    """
    current = CronRefusal.objects.filter(address=address, ends_at__gt=now)
    row = current.first()
    if row is not None and row.count >= ALLOWED:
        return math.ceil((row.ends_at - now).total_seconds())
    if not current.update(count=F("count") + 1):
        CronRefusal.objects.filter(ends_at__lte=now).delete()
        CronRefusal.objects.bulk_create(
            [CronRefusal(address=address, ends_at=now + WINDOW)], ignore_conflicts=True
        )
    return 0
