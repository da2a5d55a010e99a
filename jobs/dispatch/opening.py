"""Storing work before it starts: a run, and a PENDING execution for each hotel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from hotels import audit
from hotels.audit import Via
from hotels.deadlocks import repeated_on_deadlock
from hotels.models import Hotel
from jobs import runner
from jobs.audit_verbs import JobVerb
from jobs.base import Job
from jobs.models import JobExecution, JobRun, JobSchedule, Trigger

BATCH = 2000


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """A job to run: at which effective time, for which slot, on whose request.

    `worker` is the key of the worker lock its executions are handed out under. `request_key`
    names a user's confirmation.
    """

    job: Job
    now: datetime
    trigger: Trigger
    slot: datetime | None = None
    requested_by: AbstractBaseUser | None = None
    worker: int | None = None
    request_key: UUID | None = None


def open_run(*, request: RunRequest, hotel_ids: Sequence[int]) -> JobRun:
    """Store a run with an execution for each hotel; see `open_runs`."""
    (run,) = open_runs(parts=[(request, hotel_ids)])
    return run


def open_run_once(*, request: RunRequest, hotels: Sequence[Hotel]) -> tuple[JobRun, bool]:
    """Store the run a user confirmed, or find it by its `request_key`; True if it is new."""
    known = JobRun.objects.filter(request_key=request.request_key)
    if found := known.first():
        return found, False
    try:
        return open_run(request=request, hotel_ids=[hotel.pk for hotel in hotels]), True
    except IntegrityError:
        return known.get(), False


@repeated_on_deadlock
@transaction.atomic
def open_runs(*, parts: Sequence[tuple[RunRequest, Sequence[int]]]) -> list[JobRun]:
    """Store a run for each part, with an execution for each of its hotels, in a few statements.

    A hotel's slot that has an execution already gets no second one (invariant 3). Requests of
    users are recorded in the audit trail.
    """
    if not parts:
        return []
    at = timezone.now()
    runs = JobRun.objects.bulk_create(_run(request, at) for request, _ in parts)
    attempts = _own_attempts({request.job.name for request, _ in parts})
    JobExecution.objects.bulk_create(
        (
            runner.new_execution(
                run=run,
                hotel_id=hotel_id,
                as_of=request.now,
                metadata=runner.retry_policy(
                    job=request.job, attempts=attempts.get((hotel_id, request.job.name))
                ),
                at=at,
            )
            for run, (request, hotel_ids) in zip(runs, parts, strict=True)
            for hotel_id in sorted(hotel_ids)
        ),
        ignore_conflicts=any(request.slot is not None for request, _ in parts),
        batch_size=BATCH,
    )
    for run, (request, _) in zip(runs, parts, strict=True):
        if request.requested_by is not None:
            _record(run, by=request.requested_by, at=at)
    return runs


def _run(request: RunRequest, at: datetime) -> JobRun:
    return runner.new_run(
        job_name=request.job.name,
        trigger=request.trigger,
        slot=request.slot,
        requested_by=request.requested_by,
        worker=request.worker,
        request_key=request.request_key,
        at=at,
    )


def _record(run: JobRun, *, by: AbstractBaseUser, at: datetime) -> None:
    via = Via(run.trigger) if run.trigger in Via.values else Via.COMMAND
    rows = JobExecution.objects.filter(run=run).select_related("hotel")
    audit.record_each(by=by, verb=JobVerb.RUN, rows=rows, via=via, now=at)


def _own_attempts(job_names: Iterable[str]) -> dict[tuple[int, str], int]:
    """The number of attempts that hotels' own schedules set, by hotel and job."""
    own = JobSchedule.objects.filter(job_name__in=job_names)
    return {
        (hotel_id, name): attempts
        for hotel_id, name, attempts in own.values_list("hotel_id", "job_name", "attempts")
    }
