"""New rows of runs and executions: the only place that builds them."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser

from jobs.models import JobExecution, JobRun, SkipReason, Status, Trigger
from jobs.runner.new_rows import ExecutionTerms


def new_run(
    *,
    job_name: str,
    trigger: Trigger | str,
    at: datetime,
    slot: datetime | None = None,
    requested_by: AbstractBaseUser | None = None,
    worker: int | None = None,
    request_key: UUID | None = None,
) -> JobRun:
    """An unsaved run. `worker` is the key of the worker lock its executions are handed out under.

    `request_key` names a user's confirmation: confirmed twice, it runs once.
    """
    return JobRun(
        job_name=job_name,
        trigger=trigger,
        scheduled_for=slot,
        requested_by_id=requested_by.pk if requested_by else None,
        requested_by_name=requested_by.get_username() if requested_by else "",
        worker=worker,
        request_key=request_key,
        created_at=at,
    )


def new_terms(
    *,
    run: JobRun,
    as_of: datetime,
    at: datetime,
    metadata: dict[str, Any] | None = None,
    previous: JobExecution | None = None,
) -> ExecutionTerms:
    """The terms of PENDING executions of a run: the attempts after `previous`, if one is given."""
    return ExecutionTerms(
        run_id=run.pk,
        job_name=run.job_name,
        trigger=run.trigger,
        scheduled_for=run.scheduled_for,
        as_of=as_of,
        metadata=metadata or {},
        created_at=at,
        **_position(previous),
    )


def skipped_terms(
    *,
    run: JobRun,
    as_of: datetime,
    at: datetime,
    reason: SkipReason,
    words: str,
    metadata: dict[str, Any] | None = None,
) -> ExecutionTerms:
    """The terms of SKIPPED executions of a run, for slots that are not run."""
    terms = new_terms(run=run, as_of=as_of, at=at, metadata=metadata)
    return replace(terms, status=Status.SKIPPED, completed_at=at, skip_reason=reason, words=words)


def next_attempt(
    *,
    previous: JobExecution,
    run_id: int,
    policy: dict[str, Any] | None,
    at: datetime,
    not_before: datetime | None = None,
) -> JobExecution:
    """An unsaved retry of `previous` under a retry policy; it waits until `not_before`.

    It runs at the present time, unless a user chose an earlier or later effective time.
    """
    return JobExecution(
        run_id=run_id,
        hotel_id=previous.hotel_id,
        job_name=previous.job_name,
        trigger=Trigger.RETRY,
        scheduled_for=previous.scheduled_for,
        as_of=previous.as_of if previous.has_chosen_time else at,
        not_before=not_before,
        metadata={} if policy is None else {"retry": policy},
        created_at=at,
        updated_at=at,
        **_position(previous),
    )


def _position(previous: JobExecution | None) -> dict[str, Any]:
    """The place of a new execution in its chain of attempts."""
    if previous is None:
        return {"attempt": 1}
    return {
        "attempt": previous.attempt + 1,
        "first_attempt_id": previous.first_attempt_id or previous.pk,
    }
