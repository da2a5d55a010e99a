"""Lock that lets one delivery per job run hotels; other deliveries only report the progress.

Even without it no hotel would run twice. The lock keeps simultaneous calls from competing for
threads and database connections.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db.models import Q

from jobs.models import CronDelivery


@contextmanager
def delivery_lock(*, job_name: str, now: datetime, at_most: timedelta) -> Iterator[bool]:
    """Hold the lock during the block; yields True if it was acquired.

    The lock of a process that dies expires after `at_most`.
    """
    lock = CronDelivery.objects.filter(job_name=job_name)
    # Read before writing: on SQLite a write would wait for the hotel that is running. An expiry
    # later than `now + at_most` was written by a machine whose clock is ahead, so it is ignored.
    if lock.filter(held_until__gt=now, held_until__lte=now + at_most).exists():
        yield False
        return
    token = uuid.uuid4()
    CronDelivery.objects.bulk_create(
        [CronDelivery(job_name=job_name, token=token, held_until=now)], ignore_conflicts=True
    )
    expired = Q(held_until__lte=now) | Q(held_until__gt=now + at_most)
    if not lock.filter(expired).update(token=token, held_until=now + at_most):
        yield False
        return
    try:
        yield True
    finally:
        lock.filter(token=token).update(held_until=now)
