"""One delivery at a time works at a job; the others only tell how far it is.

The engine never works a hotel twice. The turn keeps callers who come at once from taking threads
and connections from each other.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db.models import Q

from jobs.models import CronDelivery


@contextmanager
def delivery_lock(*, job_name: str, now: datetime, at_most: timedelta) -> Iterator[bool]:
    """Hold the turn for the block; gives whether it is ours.

    A process that dies with it loses it after `at_most`.
    """
    own = CronDelivery.objects.filter(job_name=job_name)
    # A look before the write: on SQLite a write would wait for the hotel that is being worked.
    # What ends later than a turn can was written by a clock that ran ahead.
    if own.filter(held_until__gt=now, held_until__lte=now + at_most).exists():
        yield False
        return
    token = uuid.uuid4()
    CronDelivery.objects.bulk_create(
        [CronDelivery(job_name=job_name, token=token, held_until=now)], ignore_conflicts=True
    )
    free = Q(held_until__lte=now) | Q(held_until__gt=now + at_most)
    if not own.filter(free).update(token=token, held_until=now + at_most):
        yield False
        return
    try:
        yield True
    finally:
        own.filter(token=token).update(held_until=now)
