"""Putting work on record before it is done: a run, and a PENDING execution for each hotel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from hotels import audit
from hotels.audit import Via
from jobs import runner
from jobs.audit_verbs import JobVerb
from jobs.base import Job
from jobs.models import JobExecution, JobRun, JobSchedule, Trigger

BATCH = 2000


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What a run is opened for: a job, who or what asked, and the slot, where there is one.

    `worker` is the key of who will hand the executions out (`liveness`). `request_key` names what
    a person confirmed.
    """

    job: Job
    now: datetime
    trigger: Trigger
    slot: datetime | None = None
    requested_by: AbstractBaseUser | None = None
    worker: int | None = None
    request_key: UUID | None = None


def open_executions(*, opening: Opening, hotel_ids: Sequence[int]) -> JobRun:
    """Open a run with an execution for each hotel; see `open_runs`."""
    (run,) = open_runs(parts=[(opening, hotel_ids)])
    return run


@transaction.atomic
def open_runs(*, parts: Sequence[tuple[Opening, Sequence[int]]]) -> list[JobRun]:
    """Open a run for each part, with an execution for each of its hotels, in a few statements.

    The slot of a hotel may be open or done already; it is not opened twice (invariant 3). What a
    person asked for is told to the audit trail.
    """
    if not parts:
        return []
    at = timezone.now()
    runs = JobRun.objects.bulk_create(_run(opening, at) for opening, _ in parts)
    attempts = _own_attempts({opening.job.name for opening, _ in parts})
    JobExecution.objects.bulk_create(
        (
            JobExecution(
                run=run,
                hotel_id=hotel_id,
                job_name=opening.job.name,
                trigger=opening.trigger,
                scheduled_for=opening.slot,
                as_of=opening.now,
                metadata=runner.retry_terms(
                    job=opening.job, attempts=attempts.get((hotel_id, opening.job.name))
                ),
                created_at=at,
                updated_at=at,
            )
            for run, (opening, hotel_ids) in zip(runs, parts, strict=True)
            for hotel_id in hotel_ids
        ),
        ignore_conflicts=any(opening.slot is not None for opening, _ in parts),
        batch_size=BATCH,
    )
    for run, (opening, _) in zip(runs, parts, strict=True):
        if opening.requested_by is not None:
            _record(run, by=opening.requested_by, at=at)
    return runs


def _run(opening: Opening, at: datetime) -> JobRun:
    by = opening.requested_by
    return JobRun(
        job_name=opening.job.name,
        trigger=opening.trigger,
        scheduled_for=opening.slot,
        requested_by_id=by.pk if by else None,
        requested_by_name=by.get_username() if by else "",
        worker=opening.worker,
        request_key=opening.request_key,
        created_at=at,
    )


def _record(run: JobRun, *, by: AbstractBaseUser, at: datetime) -> None:
    via = Via(run.trigger) if run.trigger in Via.values else Via.COMMAND
    rows = JobExecution.objects.filter(run=run).select_related("hotel")
    audit.record_each(by=by, verb=JobVerb.RUN, rows=rows, via=via, now=at)


def _own_attempts(job_names: Iterable[str]) -> dict[tuple[int, str], int]:
    """How often a hotel's own schedule has a job tried, by hotel and job."""
    own = JobSchedule.objects.filter(job_name__in=job_names)
    return {
        (hotel_id, name): attempts
        for hotel_id, name, attempts in own.values_list("hotel_id", "job_name", "attempts")
    }
