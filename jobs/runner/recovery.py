"""Closing executions whose worker died or went silent."""

import logging
from datetime import datetime

from django.db import OperationalError, transaction
from django.utils import timezone

from hotels import worker_locks
from hotels.database_errors import is_lock_timeout
from hotels.deadlocks import repeated_on_deadlock
from jobs.models import FailureKind, JobExecution, SkipReason, Status
from jobs.models.execution import CLOCK_TOLERANCE
from jobs.runner import clock, holding, session_limits
from jobs.runner.cancelling import cancelled_words
from jobs.runner.events import publish_failed
from jobs.runner.log_lines import log_end
from jobs.runner.retrying import open_next_attempt

ENDING = (
    "status",
    "failure_kind",
    "skip_reason",
    "error",
    "words",
    "completed_at",
    "updated_at",
)
DIED = "The worker died before the work was finished; everything was rolled back."
_log = logging.getLogger(__name__)
SILENT = "The lease expired before the work was finished: the worker did not respond."

UNRECORDED = "The database could not be reached to record the end; everything was rolled back."


def close_abandoned(
    *, job_name: str | None = None, hotel_id: int | None = None
) -> list[JobExecution]:
    """Close RUNNING executions without a living worker as FAILED, kind `interrupted`.

    Of one job, or of one hotel, if these are given.

    An execution is abandoned when its worker is dead or its lease has expired by the clock of the
    database, or was granted by a clock that ran ahead. Its next attempt
    is stored in the same transaction. Returns the closed executions; one whose hotel is locked is
    left to the next call. A worker that was only slow
    finds its token gone and rolls back.

    What a worker held without having begun it, so far as is known, becomes PENDING again and is not
    returned. Any of these may have stopped it, so from now on each of them runs alone.
    """
    running = JobExecution.objects.running().select_related("hotel")
    if job_name is not None:
        running = running.filter(job_name=job_name)
    if hotel_id is not None:
        running = running.filter(hotel_id=hotel_id)
    rows = list(running)
    dead = worker_locks.dead_workers(row.worker for row in rows)
    at = clock.database_time() if rows else timezone.now()
    closed = []
    for row in rows:
        if row.worker in dead:
            error, words = DIED, "Interrupted: the worker stopped."
        elif _is_lease_over(row, at=at):
            error, words = SILENT, "Interrupted: the worker stopped responding."
        else:
            continue
        if row.started_at is None:
            if holding.free(row, alone=True):
                _log.warning("Execution %s is free again: %s", row.pk, words)
        elif _close_unless_locked(row, error=error, words=words):
            closed.append(row)
    return closed


def close_unrecorded(*, worker: int) -> None:
    """Close the RUNNING executions of a living worker that works none of them any more.

    While the database was away it could not record how they ended. `worker` is its key. They are
    closed as `close_abandoned` does; those it held but had not begun are freed.
    """
    rows = JobExecution.objects.running().filter(worker=worker).select_related("hotel")
    for row in rows:
        if row.started_at is None:
            holding.free(row, alone=True)
        else:
            _close_unless_locked(row, error=UNRECORDED, words="Interrupted: the database was away.")


def _close_unless_locked(row: JobExecution, *, error: str, words: str) -> bool:
    """Close the row; false if it has ended, or its hotel is locked, so that the next call does."""
    try:
        closed = _close(row, error=error, words=words)
    except OperationalError as waited:
        # The next attempt cannot be stored.
        if not is_lock_timeout(waited):
            raise
        return False
    if closed:
        log_end(row, status=row.status, error=row.error)
    return closed


def _is_lease_over(row: JobExecution, *, at: datetime) -> bool:
    assert row.lease_expires_at is not None, "it was claimed"
    claimed_at = row.started_at or row.updated_at
    return row.lease_expires_at < at or claimed_at > at + CLOCK_TOLERANCE


@repeated_on_deadlock
@transaction.atomic
def _close(row: JobExecution, *, error: str, words: str) -> bool:
    session_limits.limit_session(lock=session_limits.LOCK_PATIENCE)
    at = timezone.now()
    row.status, row.completed_at, row.updated_at = Status.FAILED, at, at
    row.failure_kind, row.error, row.words = FailureKind.INTERRUPTED, error, words
    if row.cancel_requested_at is not None:
        row.status, row.failure_kind, row.error = Status.SKIPPED, "", ""
        row.skip_reason = SkipReason.CANCELLED
        row.words = cancelled_words(row.cancel_requested_by_name)
    columns = {name: getattr(row, name) for name in ENDING}
    held = JobExecution.objects.running().filter(pk=row.pk, token=row.token)
    changed = held.update(**columns)
    if changed and row.status == Status.FAILED:
        following = open_next_attempt(row, interrupted=True)
        publish_failed(row, kind=row.failure_kind, error=words, following=following, now=at)
    return bool(changed)
