"""Conditions for the queue: the setting names it, and a worker gets on with its work."""

from datetime import datetime

from django.conf import settings

from jobs.models import Tick, WorkerProcess


def is_used() -> bool:
    """True if the setting JOBS_EXECUTOR names the queue."""
    return bool(settings.JOBS_EXECUTOR == "queue")


def is_attended() -> bool:
    """True if the queue is used and a worker that is not stopping gets on with its work."""
    return is_used() and any(not row.draining for row in WorkerProcess.objects.at_work())


def last_attended(*, before: datetime | None, now: datetime) -> datetime | None:
    """Return `Tick.attended_at` at `now`, given that of the tick before.

    From the first tick with the queue on, the workers have time to start.
    """
    if not is_used():
        return None
    return now if before is None or is_attended() else before


def unattended_since() -> datetime | None:
    """Return the time at which the tick last found a worker at work.

    None if one is at work now, without the queue, and before the first tick with it.
    """
    if not is_used() or is_attended():
        return None
    tick = Tick.latest()
    return tick.attended_at if tick else None
