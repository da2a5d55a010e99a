"""Claim a PENDING execution with a lease and a token, or find out why it cannot be claimed."""

import uuid
from contextlib import nullcontext
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from hotels.deadlocks import repeated_on_deadlock
from jobs.base import Job
from jobs.models import JobExecution, SkipReason, Status
from jobs.models.execution import CLOCK_TOLERANCE
from jobs.runner import statements
from jobs.runner.recovery import close_abandoned

OVERLAPPED = "The previous run is still in progress for this hotel."


@repeated_on_deadlock
def claim(
    *,
    execution: JobExecution,
    job: Job,
    now: datetime | None = None,
    worker: int | None = None,
    requested_at: datetime | None = None,
) -> JobExecution | None:
    """Claim a PENDING execution in one statement: it is RUNNING then, and its lease begins.

    Returns None if it is no longer PENDING or the job is running in its hotel: never two at once
    (invariant 2). Executions of dead workers block nothing: they are closed. The effective time of
    a slot is `now`, however late that is; a requested execution keeps the time of the request.
    `worker` is a key of `hotels.worker_locks`. With `requested_at`, a hotel in which the job was
    started after that instant is left out as well: simultaneous requests lead to one run.
    """

    def take() -> bool:
        return _take(execution, job=job, now=now, worker=worker, requested_at=requested_at)

    taken = take() or (_close_abandoned_beside(execution) and take())
    return execution if taken else None


@repeated_on_deadlock
def skip_overlapped(*, execution: JobExecution, requested_at: datetime | None = None) -> None:
    """End a PENDING execution as SKIPPED if what it would do is being done in its hotel.

    A slot is skipped while another slot of the job runs. It stays PENDING if that is an older one
    that was still waiting when this one came due: both have their turn, in this order. While a
    requested run is in progress it stays PENDING too: that run may fail and is not retried, and the
    slot would be lost. A request is skipped whatever runs, or was started after `requested_at`. One
    statement decides: if the hotel is free again, the execution stays PENDING.
    """
    at = timezone.now()
    others = JobExecution.objects.filter(
        hotel_id=execution.hotel_id, job_name=execution.job_name
    ).exclude(pk=execution.pk)
    if execution.scheduled_for is not None:
        due = execution.scheduled_for
        # One that a worker holds begins later than it was claimed (docs/adr/0035).
        begins = Coalesce(F("started_at"), F("updated_at"))
        others = (
            others.filter(scheduled_for__isnull=False)
            .alias(begins=begins)
            .exclude(scheduled_for__lt=due, begins__gte=due)
        )
    running = Q(status=Status.RUNNING)
    if requested_at is not None:
        running |= Q(started_at__range=(requested_at, at + CLOCK_TOLERANCE))
    waiting = JobExecution.objects.pending().filter(pk=execution.pk)
    waiting.filter(Exists(others.filter(running))).update(
        status=Status.SKIPPED,
        skip_reason=SkipReason.OVERLAPPED,
        words=OVERLAPPED,
        completed_at=at,
        updated_at=at,
    )


def _close_abandoned_beside(execution: JobExecution) -> bool:
    """Close what a dead worker left of the same job and hotel; true if there was anything."""
    return bool(close_abandoned(job_name=execution.job_name, hotel_id=execution.hotel_id))


def _take(
    execution: JobExecution,
    *,
    job: Job,
    now: datetime | None,
    worker: int | None,
    requested_at: datetime | None,
) -> bool:
    at = timezone.now()
    columns = {
        "token": uuid.uuid4(),
        "worker": worker,
        "lease_expires_at": at + job.timeout,
        "as_of": execution.as_of if execution.scheduled_for is None else now or at,
        "started_at": at,
        "updated_at": at,
    }
    started = () if requested_at is None else (requested_at, at + CLOCK_TOLERANCE)
    # By itself the statement commits at once: a worker that hangs after it holds no lock.
    around = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with around:
            taken = statements.claim(execution=execution, columns=columns, started=started)
    except IntegrityError:
        return False  # another process claimed the hotel between our check and our write
    if taken:
        execution.status = Status.RUNNING
        for name, value in columns.items():
            setattr(execution, name, value)
    return taken
