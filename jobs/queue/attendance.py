"""Conditions for the queue: the setting names it, and a worker gets on with its work."""

from django.conf import settings

from jobs.models import WorkerProcess


def is_used() -> bool:
    """True if the setting JOBS_EXECUTOR names the queue."""
    return bool(settings.JOBS_EXECUTOR == "queue")


def is_attended() -> bool:
    """True if the queue is used and a worker that is not stopping gets on with its work."""
    return is_used() and any(not row.draining for row in WorkerProcess.objects.at_work())
