"""The ends of an execution: completed, failed, skipped; and deleting slots skipped too early."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from hotels.deadlocks import repeated_on_deadlock
from jobs.models import FailureKind, JobExecution, SkipReason, Status
from jobs.runner.outcome import SUMMARY_LENGTH
from jobs.runner.retrying import open_next_attempt
from jobs.runner.session_limits import limit_session

BATCH = 2000


class LeaseLost(Exception):
    """Another worker holds the execution now; this worker's transaction rolls back."""


def end(*, execution: JobExecution, started: datetime, **columns: Any) -> None:
    """End a RUNNING execution, if our token is still on it; raises LeaseLost if it is not."""
    at = timezone.now()
    changed = (
        JobExecution.objects.running()
        .filter(pk=execution.pk, token=execution.token)
        .update(started_at=started, completed_at=at, updated_at=at, **columns)
    )
    if changed != 1:
        raise LeaseLost("The lease was lost to another worker; everything was rolled back.")


@repeated_on_deadlock
@transaction.atomic
def end_failed(
    *,
    execution: JobExecution,
    started: datetime,
    kind: FailureKind,
    error: str,
    retry: bool,
    **columns: Any,
) -> JobExecution | None:
    """End a RUNNING execution as FAILED and store its next attempt in the same transaction.

    Returns the next attempt; None if `retry` is false or no attempt remains. Raises LeaseLost.
    """
    limit_session()
    end(
        execution=execution,
        started=started,
        status=Status.FAILED,
        failure_kind=kind,
        error=error,
        **columns | {"words": error[:SUMMARY_LENGTH]},
    )
    return open_next_attempt(execution) if retry else None


@repeated_on_deadlock
def skip(
    *, executions: Sequence[JobExecution], reason: SkipReason, words: str
) -> list[JobExecution]:
    """End PENDING executions as SKIPPED with a reason; returns all of them as stored now."""
    at = timezone.now()
    ids = [execution.pk for execution in executions]
    JobExecution.objects.pending().filter(pk__in=ids).update_in_order(
        status=Status.SKIPPED, skip_reason=reason, words=words, completed_at=at, updated_at=at
    )
    return list(JobExecution.objects.filter(pk__in=ids).select_related("hotel"))


def record_skipped(*, executions: Sequence[JobExecution]) -> None:
    """Store unsaved executions as SKIPPED; each carries its `skip_reason` and `words`.

    A slot that another process opened in the meantime is left unchanged.
    """
    at = timezone.now()
    executions = sorted(executions, key=_slot_key)
    for execution in executions:
        execution.status = Status.SKIPPED
        execution.completed_at = execution.created_at = execution.updated_at = at
    JobExecution.objects.bulk_create(executions, ignore_conflicts=True, batch_size=BATCH)


def _slot_key(execution: JobExecution) -> tuple[datetime, str, int]:
    """The order in which slots are inserted everywhere, so that inserts never wait crosswise."""
    return (execution.scheduled_for or execution.as_of, execution.job_name, execution.hotel_id)


def delete_missed(*, after: datetime) -> tuple[int, datetime | None]:
    """Delete executions that skipped slots after an instant; returns how many.

    A clock that ran ahead skipped them too early. Once it is set right, these slots are due in
    the future and are decided by the hotel's misfire policy then. Also returns the instant before
    the first of the earlier slots that were recorded together with a deleted one: slots since then
    have to be decided again. Slots with a further attempt or cancelled by a user are kept.
    """
    too_early = JobExecution.objects.filter(
        status=Status.SKIPPED,
        skip_reason__in=[SkipReason.MISSED, SkipReason.DISABLED, SkipReason.OVERLAPPED],
        scheduled_for__gt=after,
        first_attempt__isnull=True,
        further_attempts__isnull=True,
    )
    covering = too_early.filter(metadata__alsoMissed__isnull=False)
    since = [
        datetime.fromisoformat(also["since"]) - datetime.resolution
        for also in covering.values_list("metadata__alsoMissed", flat=True)
    ]
    count, _ = too_early.delete()
    return count, min(since, default=None)
