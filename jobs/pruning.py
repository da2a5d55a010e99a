"""Deletion of old executions, in batches."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from hotels.deadlocks import repeated_on_deadlock
from jobs import statistics
from jobs.models import JobExecution, JobRun, Status

BATCH = 1000
UNFINISHED = (Status.PENDING, Status.RUNNING)


def prunable(*, before: datetime) -> QuerySet[JobExecution]:
    """Return the first attempts that can be deleted together with their retries.

    All attempts must have been created and finished before the instant. Attempts are kept if one
    of them is the latest completed execution of its job in its hotel, with problems or without,
    because it shows when the work was last done.
    """
    newer = JobExecution.objects.filter(
        job_name=OuterRef("job_name"),
        hotel=OuterRef("hotel"),
        status=Status.COMPLETED,
        completed_at__gt=OuterRef("completed_at"),
    )
    newest_completed = Q(~Exists(newer), status=Status.COMPLETED)
    recent = Q(created_at__gte=before) | Q(completed_at__gte=before)
    kept = recent | Q(status__in=UNFINISHED) | newest_completed
    return JobExecution.objects.filter(first_attempt__isnull=True).exclude(
        Exists(JobExecution.objects.filter(kept, pk=OuterRef("pk")))
        | Exists(JobExecution.objects.filter(kept, first_attempt=OuterRef("pk")))
    )


def runs_without_executions(*, before: datetime) -> QuerySet[JobRun]:
    """Return the runs created before an instant that have no executions any more."""
    executions = JobExecution.objects.filter(run=OuterRef("pk"))
    return JobRun.objects.filter(~Exists(executions), created_at__lt=before)


def prune(*, before: datetime) -> Iterator[int]:
    """Delete old executions and empty runs; yield the number of executions of each batch.

    The daily statistics of each hotel and of all hotels are archived first.
    """
    statistics.archive_statistics(until=before, now=timezone.now())
    while keys := list(prunable(before=before).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield len(keys) + _delete(keys)
    while keys := list(runs_without_executions(before=before).values_list("pk", flat=True)[:BATCH]):
        JobRun.objects.filter(pk__in=keys).delete()


@repeated_on_deadlock
@transaction.atomic
def _delete(first_attempts: list[int]) -> int:
    """Delete executions and their retries; returns the number of retries."""
    retries, _ = JobExecution.objects.filter(first_attempt__in=first_attempts).delete()
    JobExecution.objects.filter(pk__in=first_attempts).delete()
    return retries
