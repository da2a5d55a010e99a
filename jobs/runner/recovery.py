"""Closing what dead workers left behind."""

from django.db import transaction
from django.utils import timezone

from hotels import worker_locks
from jobs.models import FailureKind, JobExecution, SkipReason, Status
from jobs.runner.cancelling import cancelled_words
from jobs.runner.retrying import open_next

ENDING = (
    "status",
    "failure_kind",
    "skip_reason",
    "error",
    "words",
    "completed_at",
    "updated_at",
)
GONE = "The worker died before the work was finished; nothing of it was kept."
SILENT = "The worker went silent: the lease ran out before the work was finished."


def close_abandoned(*, job_name: str | None = None) -> list[JobExecution]:
    """Close RUNNING executions that nobody works any more as FAILED, `interrupted`.

    Lost is one whose worker is dead, or whose lease ran out. Its next attempt is opened in the
    same transaction. Returns those closed; a worker that was only slow finds its token gone.
    """
    running = JobExecution.objects.running().select_related("hotel")
    rows = list(running.filter(job_name=job_name) if job_name else running)
    dead = worker_locks.dead_workers(row.worker for row in rows)
    at = timezone.now()
    closed = []
    for row in rows:
        if row.worker in dead:
            error, words = GONE, "interrupted: the worker died"
        elif row.lease_expires_at is not None and row.lease_expires_at < at:
            error, words = SILENT, "interrupted: the worker went silent"
        else:
            continue
        if _close(row, error=error, words=words):
            closed.append(row)
    return closed


@transaction.atomic
def _close(row: JobExecution, *, error: str, words: str) -> bool:
    at = timezone.now()
    row.status, row.completed_at, row.updated_at = Status.FAILED, at, at
    row.failure_kind, row.error, row.words = FailureKind.INTERRUPTED, error, words
    if row.cancel_requested_at is not None:  # nobody wants it to go on
        row.status, row.failure_kind, row.error = Status.SKIPPED, "", ""
        row.skip_reason = SkipReason.CANCELLED
        row.words = cancelled_words(row.cancel_requested_by_name)
    columns = {name: getattr(row, name) for name in ENDING}
    held = JobExecution.objects.running().filter(pk=row.pk, token=row.token)
    changed = held.update(**columns)
    if changed and row.status == Status.FAILED:
        open_next(row)
    return bool(changed)
