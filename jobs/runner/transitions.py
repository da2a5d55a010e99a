"""The ends of an execution: completed, failed, skipped; and deleting slots skipped too early."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from hotels.deadlocks import repeated_on_deadlock
from jobs.models import FailureKind, JobExecution, SkipReason, Status
from jobs.runner import session_limits, statements
from jobs.runner.events import publish_failed
from jobs.runner.outcome import SUMMARY_LENGTH
from jobs.runner.retrying import open_next_attempt

BATCH = 2000
LOST = "The lease was lost to another worker; everything was rolled back."
# Reasons that a slot may no longer have when it comes due.
TOO_EARLY = (
    *(SkipReason.MISSED, SkipReason.DISABLED),
    *(SkipReason.INACTIVE, SkipReason.OVERLAPPED),
)


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
        raise LeaseLost(LOST)


def complete(
    *,
    execution: JobExecution,
    started: datetime,
    own_transaction: bool,
    can_be_repeated: bool = False,
    **columns: Any,
) -> bool:
    """End a RUNNING execution as COMPLETED, as `end` does; True if an endpoint may listen to it.

    `own_transaction` says that the present transaction is that of the execution alone,
    `can_be_repeated` that the next attempt would write the same.
    """
    at = timezone.now()
    times = {"started_at": started, "completed_at": at, "updated_at": at}
    may_listen = statements.complete(
        execution=execution,
        columns=times | columns,
        own_transaction=own_transaction,
        can_be_repeated=can_be_repeated,
    )
    if may_listen is None:
        raise LeaseLost(LOST)
    return may_listen


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

    Returns the next attempt; None if `retry` is false or no attempt remains. Raises LeaseLost, and
    OperationalError if the hotel stays locked.
    """
    # If the hotel is locked, the next attempt cannot be stored, and this thread works no other.
    session_limits.limit_session(lock=session_limits.LONGEST_LOCK_WAIT)
    end(
        execution=execution,
        started=started,
        status=Status.FAILED,
        failure_kind=kind,
        error=error,
        **columns | {"words": error[:SUMMARY_LENGTH]},
    )
    following = open_next_attempt(execution) if retry else None
    execution.started_at = started
    publish_failed(execution, kind=kind, error=error, following=following, now=timezone.now())
    return following


@repeated_on_deadlock
def skip(*, execution_ids: Sequence[int], reason: SkipReason, words: str) -> None:
    """End those of the executions that are PENDING as SKIPPED, with a reason."""
    at = timezone.now()
    for start in range(0, len(execution_ids), BATCH):
        keys = execution_ids[start : start + BATCH]
        JobExecution.objects.pending().filter(pk__in=keys).update_in_order(
            status=Status.SKIPPED, skip_reason=reason, words=words, completed_at=at, updated_at=at
        )


def delete_missed(*, after: datetime, at_most: int) -> tuple[int, datetime | None]:
    """Delete executions that skipped slots after an instant, `at_most` of them; returns how many.

    A clock that ran ahead skipped them too early. Once it is set right, these slots are due in
    the future and are decided by the hotel's misfire policy then. Also returns the instant before
    the first of the earlier slots that were recorded together with a deleted one: slots since then
    have to be decided again. Slots with a further attempt or cancelled by a user are kept.
    """
    too_early = JobExecution.objects.filter(
        status=Status.SKIPPED,
        skip_reason__in=TOO_EARLY,
        scheduled_for__gt=after,
        first_attempt__isnull=True,
        further_attempts__isnull=True,
    )
    keys = list(too_early.order_by("pk").values_list("pk", flat=True)[:at_most])
    too_early = JobExecution.objects.filter(pk__in=keys)
    covering = too_early.filter(metadata__alsoMissed__isnull=False)
    since = [
        datetime.fromisoformat(also["since"]) - datetime.resolution
        for also in covering.values_list("metadata__alsoMissed", flat=True)
    ]
    from jobs import counts  # seldom needed: commands that run jobs start sooner without it

    counts.forget(too_early)
    count, _ = too_early.delete()
    return count, min(since, default=None)
