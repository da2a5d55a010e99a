"""PENDING → RUNNING, with a lease and a token; and back, where the work was never begun."""

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
OVERLAPPED = "overlapped: the job already runs for this hotel"


def claim(
    *,
    executions: Sequence[JobExecution],
    job: Job,
    now: datetime | None = None,
    worker: int | None = None,
    asked_at: datetime | None = None,
) -> list[JobExecution]:
    """Take PENDING executions of one job, all in one statement; returns those taken.

    A hotel for which the job runs already is left out: never two at once (invariant 2). What a
    dead worker holds is closed first, so it blocks nobody. A slot is worked as of `now`, however
    late that is; what a person asked for keeps its own instant. `worker` is a key of `liveness`.
    With `asked_at` a hotel is left out, too, for which the job was started since: who asks while
    others ask the same gets one run, not one after the other.
    """
    if not executions:
        return []
    close_abandoned(job_name=job.name)
    ids = [execution.pk for execution in executions]
    taking = _Taking(job=job, now=now, worker=worker, asked_at=asked_at)
    try:
        with transaction.atomic():
            taking.take(ids)
    except (IntegrityError, OperationalError) as error:
        # Another process took one of the hotels between our look and our write, or we and it
        # waited for each other: go one by one.
        if isinstance(error, OperationalError) and not _is_deadlock(error):
            raise
        for pk in ids:
            taking.take_alone(pk)
    return list(
        JobExecution.objects.running()
        .filter(pk__in=ids, token=taking.token)
        .select_related("hotel", "run")
    )


def skip_overlapped(
    *, executions: Sequence[JobExecution], asked_at: datetime | None = None
) -> list[JobExecution]:
    """End PENDING executions as SKIPPED for whose hotel the job runs; returns all as they are.

    One statement decides: a row that another worker took and gave back meanwhile goes on waiting.
    """
    at = timezone.now()
    ids = [execution.pk for execution in executions]
    (
        JobExecution.objects.pending()
        .filter(Exists(others_running(asked_at=asked_at)), pk__in=ids)
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
    """Give back claimed executions that were not begun: they wait again; returns how many."""
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


def others_running(*, asked_at: datetime | None = None) -> QuerySet[JobExecution]:
    """For a subquery: executions that hold the job and hotel of the outer one.

    With `asked_at` also those that were started since, though they have ended.
    """
    holds = Q(status=Status.RUNNING)
    if asked_at is not None:
        holds |= Q(started_at__gte=asked_at)
    return JobExecution.objects.filter(
        holds, hotel=OuterRef("hotel"), job_name=OuterRef("job_name")
    ).exclude(pk=OuterRef("pk"))


def _is_deadlock(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) == DEADLOCK


class _Taking:
    """One claim: every row it takes carries its token."""

    def __init__(
        self, *, job: Job, now: datetime | None, worker: int | None, asked_at: datetime | None
    ) -> None:
        self.token = uuid.uuid4()
        self._job = job
        self._now = now
        self._worker = worker
        self._asked_at = asked_at

    def take(self, ids: Sequence[int]) -> None:
        at = timezone.now()
        runs_already = others_running(asked_at=self._asked_at)
        of_a_slot = When(scheduled_for__isnull=False, then=Value(self._now or at))
        (
            JobExecution.objects.pending()
            .filter(~Exists(runs_already), pk__in=ids)
            .update(
                status=Status.RUNNING,
                token=self.token,
                worker=self._worker,
                lease_expires_at=at + self._job.timeout,
                as_of=Case(of_a_slot, default=F("as_of")),
                started_at=at,
                updated_at=at,
            )
        )

    def take_alone(self, pk: int) -> None:
        try:
            with transaction.atomic():
                self.take([pk])
        except IntegrityError:
            return  # it runs elsewhere; the row stays PENDING and the caller says so
