"""Every way an execution ends, and the one way back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from jobs.models import FailureKind, JobExecution, SkipReason, Status
from jobs.runner.outcome import WORDS_KEPT
from jobs.runner.retrying import open_next

BATCH = 2000


class LeaseLost(Exception):
    """The execution was taken away while it was worked; its whole transaction rolls back."""


def end(*, execution: JobExecution, started: datetime, **columns: Any) -> None:
    """RUNNING → end, only with our token; raises LeaseLost when the row is no longer ours."""
    at = timezone.now()
    changed = (
        JobExecution.objects.running()
        .filter(pk=execution.pk, token=execution.token)
        .update(started_at=started, completed_at=at, updated_at=at, **columns)
    )
    if changed != 1:
        raise LeaseLost("The lease was lost to another worker; everything was rolled back.")


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
    """RUNNING → FAILED; returns the next attempt, opened in the same transaction, if one is due.

    Raises LeaseLost as `end` does.
    """
    told = {"words": error[:WORDS_KEPT]}
    end(
        execution=execution,
        started=started,
        status=Status.FAILED,
        failure_kind=kind,
        error=error,
        **columns | told,
    )
    return open_next(execution) if retry else None


def skip(
    *, executions: Sequence[JobExecution], reason: SkipReason, words: str
) -> list[JobExecution]:
    """End PENDING executions as SKIPPED; nothing is silent (invariant 6)."""
    at = timezone.now()
    ids = [execution.pk for execution in executions]
    JobExecution.objects.pending().filter(pk__in=ids).update(
        status=Status.SKIPPED, skip_reason=reason, words=words, completed_at=at, updated_at=at
    )
    return list(JobExecution.objects.filter(pk__in=ids).select_related("hotel"))


def record_skipped(*, executions: Sequence[JobExecution]) -> None:
    """Store unsaved executions of slots that are not run; each carries its reason and words.

    A slot that somebody opened meanwhile stays as it is.
    """
    at = timezone.now()
    for execution in executions:
        execution.status = Status.SKIPPED
        execution.completed_at = execution.created_at = execution.updated_at = at
    JobExecution.objects.bulk_create(executions, ignore_conflicts=True, batch_size=BATCH)


def forget_missed(*, after: datetime) -> int:
    """Take back that slots after an instant were given up as missed; returns how many.

    That happens when a clock ran ahead and was set right: those slots are still to come, and are
    settled by the hotel's choice when they do. What has a further attempt stays as it is.
    """
    given_up = JobExecution.objects.filter(
        status=Status.SKIPPED,
        skip_reason=SkipReason.MISSED,
        scheduled_for__gt=after,
        first_attempt__isnull=True,
        further_attempts__isnull=True,
        metadata__alsoMissed__isnull=True,  # stands for earlier slots, which have come
    )
    count, _ = given_up.delete()
    return count
