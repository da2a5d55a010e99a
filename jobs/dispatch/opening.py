"""Storing work before it starts: a run, and a PENDING execution for each hotel."""

from collections.abc import Sequence
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
from jobs.dispatch.handing_out import hand_out
from jobs.models import JobExecution, JobRun, JobSchedule, Trigger
from jobs.runner import ExecutionTerms, NewExecution


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """A job to run: at which effective time, for which slot, on whose request.

    `worker` is the key of the worker lock its executions are handed out under; without one the
    workers of the queue get them, where there are any. `request_key` names a user's confirmation.
    Hotels in which the job was started after `requested_at` are skipped; by default, for a user's
    request, after the run was stored.
    """

    job: Job
    now: datetime
    trigger: Trigger
    slot: datetime | None = None
    requested_by: AbstractBaseUser | None = None
    worker: int | None = None
    request_key: UUID | None = None
    requested_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A run that is stored: now or by an earlier request, and handed to the workers or not.

    The process that opened it works executions that were not handed out.
    """

    run: JobRun
    is_new: bool
    handed_out: bool


def open_run(
    *, request: RunRequest, hotel_ids: Sequence[int], leave_locked: bool = False
) -> JobRun:
    """Store a run with an execution for each hotel, in a few statements.

    A hotel's slot that has an execution already gets no second one (invariant 3). With
    `leave_locked` a hotel that another transaction has locked gets none either; without, this waits
    for it. A request of a user is recorded in the audit trail.
    """
    return _open(request=request, hotel_ids=hotel_ids, leave_locked=leave_locked).run


@repeated_on_deadlock
@transaction.atomic
def _open(*, request: RunRequest, hotel_ids: Sequence[int], leave_locked: bool) -> Opening:
    runner.limit_session()
    at = timezone.now()
    run = _run(request, at)
    run.save(force_insert=True)
    executions = _executions(request, run=run, hotel_ids=hotel_ids, at=at)
    if leave_locked:
        runner.store_unlocked(executions=executions)
    else:
        runner.store(executions=executions)
    if request.requested_by is not None:
        _record(run, by=request.requested_by, at=at)
    handed_out = 0
    if request.worker is None:
        handed_out = hand_out(rows=JobExecution.objects.filter(run=run))
    return Opening(run=run, is_new=True, handed_out=bool(handed_out))


def open_run_once(*, request: RunRequest, hotels: Sequence[Hotel]) -> Opening:
    """Store the run a user confirmed, or find it by its `request_key`."""
    known = JobRun.objects.filter(request_key=request.request_key)
    if found := known.first():
        return _opened_before(found)
    try:
        hotel_ids = [hotel.pk for hotel in hotels]
        return _open(request=request, hotel_ids=hotel_ids, leave_locked=False)
    except IntegrityError:
        return _opened_before(known.get())


def _opened_before(run: JobRun) -> Opening:
    """The opening of a run that another request has begun, or is about to."""
    return Opening(run=run, is_new=False, handed_out=False)


def _run(request: RunRequest, at: datetime) -> JobRun:
    run = runner.new_run(
        job_name=request.job.name,
        trigger=request.trigger,
        slot=request.slot,
        requested_by=request.requested_by,
        worker=request.worker,
        request_key=request.request_key,
        at=at,
    )
    is_request = request.slot is None and request.requested_by is not None
    run.requested_at = request.requested_at or (at if is_request else None)
    return run


def _record(run: JobRun, *, by: AbstractBaseUser, at: datetime) -> None:
    via = Via(run.trigger) if run.trigger in Via.values else Via.COMMAND
    rows = JobExecution.objects.filter(run=run).select_related("hotel")
    audit.record_each(by=by, verb=JobVerb.RUN, rows=rows, via=via, now=at)


def _executions(
    request: RunRequest, *, run: JobRun, hotel_ids: Sequence[int], at: datetime
) -> list[NewExecution]:
    own_attempts = _own_attempts(request.job)
    terms: dict[int | None, ExecutionTerms] = {}
    executions = []
    for hotel_id in sorted(hotel_ids):
        attempts = own_attempts.get(hotel_id)
        if attempts not in terms:
            policy = runner.retry_policy(job=request.job, attempts=attempts)
            terms[attempts] = runner.new_terms(run=run, as_of=request.now, metadata=policy, at=at)
        executions.append(NewExecution(hotel_id, terms[attempts]))
    return executions


def _own_attempts(job: Job) -> dict[int, int]:
    """The number of attempts at a job that hotels' own schedules set, by hotel."""
    own = JobSchedule.objects.filter(job_name=job.name)
    return dict(own.values_list("hotel_id", "attempts"))
