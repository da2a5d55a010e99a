"""Running a job because a program asks, and telling what it came to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from hotels.models import Hotel
from jobs import dispatch
from jobs.api.idempotency import Answer
from jobs.api.redaction import outcome_error, redacted_error, redacted_summary, shielded
from jobs.base import AlreadyRunning, Job
from jobs.models import JobExecution, Status, Trigger
from jobs.runner import Outcome
from jobs.web.problem import Conflict


@dataclass(frozen=True, kw_only=True)
class TriggerRequest:
    """What is asked for."""

    job: Job
    hotel: Hotel
    dry_run: bool


def trigger_job(*, wanted: TriggerRequest, by: AbstractBaseUser, now: datetime) -> Answer:
    """Run or preview a job for one hotel; raises Conflict while it runs there."""
    if wanted.dry_run:
        firing = dispatch.preview(job=wanted.job, hotels=[wanted.hotel], now=now)
        (outcome,) = firing.outcomes
        return answer_of(outcome, dry_run=True)
    try:
        outcome = dispatch.run_now(
            job=wanted.job,
            hotel=wanted.hotel,
            now=now,
            trigger=Trigger.API,
            requested_by=by,
        )
    except AlreadyRunning as error:
        raise Conflict(str(error), code="already_running") from None
    return answer_of(outcome)


def answer_of(outcome: Outcome, *, dry_run: bool = False) -> Answer:
    """200 where it went well, 500 where it failed, 202 where it waits; the same members each."""
    row = _row(outcome)
    # What could not be recorded was told by the database itself.
    unrecorded = row is not None and row.status != outcome.status
    error = _error(outcome, row=row, unrecorded=unrecorded)
    status = {Status.FAILED.value: 500, Status.PENDING.value: 202}.get(outcome.status, 200)
    body: dict[str, Any] = {
        "success": outcome.status == Status.COMPLETED,
        "job": outcome.job_name,
        "result": outcome.result,
        "hotelId": outcome.hotel.pk,
        "status": outcome.status,
        "words": error if unrecorded else _words(outcome, row=row),
        "error": error,
        "attention": list(outcome.attention),
        "dryRun": dry_run,
        "executionId": outcome.execution_id,
        "runId": row.run_id if row else None,
    }
    return Answer(status=status, body=body)


def _row(outcome: Outcome) -> JobExecution | None:
    if outcome.execution_id is None:
        return None
    return JobExecution.objects.filter(pk=outcome.execution_id).first()


def _error(outcome: Outcome, *, row: JobExecution | None, unrecorded: bool) -> str | None:
    if unrecorded:
        return "The outcome could not be recorded; it will be closed as interrupted and retried."
    return redacted_error(row) if row else outcome_error(outcome)


def _words(outcome: Outcome, *, row: JobExecution | None) -> str:
    return redacted_summary(row) if row and row.words else shielded(outcome.words)
