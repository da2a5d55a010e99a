"""Claim PENDING executions with a lease and a token, and release those that were not started."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from jobs.base import Job
from jobs.models import JobExecution, SkipReason, Status
from jobs.runner.recovery import close_abandoned

DEADLOCK = "40P01"
OVERLAPPED = "The previous run is still in progress for this hotel."


def claim(
    *,
    executions: Sequence[JobExecution],
    job: Job,
    now: datetime | None = None,
    worker: int | None = None,
    requested_at: datetime | None = None,
) -> list[JobExecution]:
    """Claim PENDING executions of one job in one statement; returns the claimed ones, RUNNING.

    Hotels in which the job is running are left out: never two at once (invariant 2). Executions
    of dead workers are closed first, so they block nothing. The effective time of a slot is
    `now`, however late that is; a requested execution keeps the time of the request. `worker` is
    a key of `hotels.worker_locks`. With `requested_at`, hotels in which the job was started after
    that instant are left out as well: simultaneous requests lead to one run.
    """
    if not executions:
        return []
    close_abandoned(job_name=job.name)
    ids = [execution.pk for execution in executions]
    claiming = _Claim(job=job, now=now, worker=worker, requested_at=requested_at)
    try:
        with transaction.atomic():
            claiming.take(ids)
    except (IntegrityError, OperationalError) as error:
        # Another process claimed one of the hotels between our check and our write, or both
        # waited for each other: claim one by one.
        if isinstance(error, OperationalError) and not _is_deadlock(error):
            raise
        for pk in ids:
            claiming.take_alone(pk)
    return list(
        JobExecution.objects.running()
        .filter(pk__in=ids, token=claiming.token)
        .select_related("hotel", "run")
    )


def skip_overlapped(
    *, executions: Sequence[JobExecution], requested_at: datetime | None = None
) -> list[JobExecution]:
    """End PENDING executions as SKIPPED if the job is running in their hotel; returns all of them.

    One statement decides: a row that another worker claimed and released meanwhile stays PENDING.
    """
    at = timezone.now()
    ids = [execution.pk for execution in executions]
    (
        JobExecution.objects.pending()
        .filter(Exists(others_running(requested_at=requested_at)), pk__in=ids)
        .update(
            status=Status.SKIPPED,
            skip_reason=SkipReason.OVERLAPPED,
            words=OVERLAPPED,
            completed_at=at,
            updated_at=at,
        )
    )
    return list(JobExecution.objects.filter(pk__in=ids).select_related("hotel"))


def release(*, executions: Sequence[JobExecution]) -> int:
    """Make claimed executions that were not started PENDING again; returns how many."""
    at = timezone.now()
    own = Q(pk__in=[])
    for execution in executions:
        own |= Q(pk=execution.pk, token=execution.token)
    return (
        JobExecution.objects.running()
        .filter(own)
        .update(
            status=Status.PENDING,
            token=None,
            worker=None,
            lease_expires_at=None,
            started_at=None,
            updated_at=at,
        )
    )


def others_running(*, requested_at: datetime | None = None) -> QuerySet[JobExecution]:
    """Executions of the same job and hotel as the outer query's that are running.

    With `requested_at` also those that started after it and have ended since.
    """
    running = Q(status=Status.RUNNING)
    if requested_at is not None:
        running |= Q(started_at__gte=requested_at)
    return JobExecution.objects.filter(
        running, hotel=OuterRef("hotel"), job_name=OuterRef("job_name")
    ).exclude(pk=OuterRef("pk"))


def _is_deadlock(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) == DEADLOCK


class _Claim:
    """One claim: every row it takes gets its token."""

    def __init__(
        self, *, job: Job, now: datetime | None, worker: int | None, requested_at: datetime | None
    ) -> None:
        self.token = uuid.uuid4()
        self._job = job
        self._now = now
        self._worker = worker
        self._requested_at = requested_at

    def take(self, ids: Sequence[int]) -> None:
        at = timezone.now()
        running_already = others_running(requested_at=self._requested_at)
        has_slot = When(scheduled_for__isnull=False, then=Value(self._now or at))
        (
            JobExecution.objects.pending()
            .filter(~Exists(running_already), pk__in=ids)
            .update(
                status=Status.RUNNING,
                token=self.token,
                worker=self._worker,
                lease_expires_at=at + self._job.timeout,
                as_of=Case(has_slot, default=F("as_of")),
                started_at=at,
                updated_at=at,
            )
        )

    def take_alone(self, pk: int) -> None:
        try:
            with transaction.atomic():
                self.take([pk])
        except IntegrityError:
            return  # it is running elsewhere; the row stays PENDING and the caller reports it
