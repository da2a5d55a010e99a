"""Running a job on request, and the response that reports its outcome."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from hotels.http.idempotency import Answer
from hotels.http.problem import Conflict
from hotels.models import Hotel
from jobs import dispatch, runner
from jobs.api.serializers import ExecutionDetailSerializer
from jobs.base import AlreadyRunning, Job
from jobs.models import JobExecution, Status, Trigger
from jobs.runner import Outcome

_STATUS = {Status.FAILED.value: 500, Status.PENDING.value: 202, Status.RUNNING.value: 202}


@dataclass(frozen=True, kw_only=True)
class TriggerRequest:
    """The job to run, its hotel, and whether only to preview it."""

    job: Job
    hotel: Hotel
    dry_run: bool


def trigger_job(*, requested: TriggerRequest, by: AbstractBaseUser, now: datetime) -> Answer:
    """Run or preview a job for one hotel; raises Conflict while it is already running there."""
    if requested.dry_run:
        outcome = runner.preview(job=requested.job, hotel=requested.hotel, now=now)
        return answer_of(outcome, dry_run=True)
    try:
        outcome = dispatch.run_now(
            job=requested.job,
            hotel=requested.hotel,
            now=now,
            trigger=Trigger.API,
            requested_by=by,
        )
    except AlreadyRunning as error:
        raise Conflict(str(error), code="already_running") from None
    return answer_of(outcome)


def answer_of(outcome: Outcome, *, dry_run: bool = False) -> Answer:
    """The response to an outcome: 200 completed or skipped, 500 failed, 202 not ended yet.

    The members of the body are the same in each case. `job` is the execution as `GET
    /api/jobs/{id}` shows it, None for a preview, which stores none. Completed with problems is 200
    with `success: false`: it has not failed, what it did is committed, and a client that repeats a
    request after a 500 has no reason to. `success` alone says that all is well.
    """
    row = _row(outcome.execution_id)
    # The database refused to store the outcome: the row still has its previous status.
    unrecorded = row is not None and row.status != outcome.status
    error = _error(outcome, row=row, unrecorded=unrecorded)
    status = _STATUS.get(outcome.status, 200)
    body: dict[str, Any] = {
        "success": outcome.success,
        "job": _record(row),
        "jobName": outcome.job_name,
        "result": outcome.result,
        "hotelId": outcome.hotel.pk,
        "status": outcome.status,
        "problems": outcome.problems,
        "words": error if unrecorded else _summary(outcome, row=row),
        "error": error,
        "attention": list(outcome.attention),
        "dryRun": dry_run,
        "executionId": outcome.execution_id,
        "runId": row.run_id if row else None,
    }
    return Answer(status=status, body=body)


def in_present_form(answer: Answer) -> Answer:
    """The answer, with the execution as `job` if it was kept when `job` was the job's name."""
    name = answer.body.get("job")
    if not isinstance(name, str):
        return answer
    row = _row(answer.body["executionId"])
    return replace(answer, body=answer.body | {"job": _record(row), "jobName": name})


def _row(execution_id: int | None) -> JobExecution | None:
    if execution_id is None:
        return None
    rows = JobExecution.objects.select_related("hotel", "run").defer("traceback")
    return rows.filter(pk=execution_id).first()


def _record(row: JobExecution | None) -> dict[str, Any] | None:
    return None if row is None else dict(ExecutionDetailSerializer(row).data)


def _error(outcome: Outcome, *, row: JobExecution | None, unrecorded: bool) -> str | None:
    if unrecorded:
        return (
            "The outcome could not be stored; "
            "the execution will be closed as interrupted and retried."
        )
    return (row.error if row else outcome.error) or None


def _summary(outcome: Outcome, *, row: JobExecution | None) -> str:
    return row.words if row and row.words else outcome.summary
