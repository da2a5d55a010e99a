"""Throwing away old executions, in batches, and never the newest success of a job in a hotel."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from jobs import statistics
from jobs.models import JobExecution, JobRun, Status

BATCH = 1000
UNFINISHED = (Status.PENDING, Status.RUNNING)


def prunable(*, before: datetime) -> QuerySet[JobExecution]:
    """First attempts whose whole chain was made and ended before an instant, and may go.

    A chain with the newest success of its job and hotel stays: it says when the work was done last.
    """
    newer = JobExecution.objects.filter(
        job_name=OuterRef("job_name"),
        hotel=OuterRef("hotel"),
        status=Status.COMPLETED,
        completed_at__gt=OuterRef("completed_at"),
    )
    newest_success = Q(~Exists(newer), status=Status.COMPLETED)
    young = Q(created_at__gte=before) | Q(completed_at__gte=before)
    stays = young | Q(status__in=UNFINISHED) | newest_success
    return JobExecution.objects.filter(first_attempt__isnull=True).exclude(
        Exists(JobExecution.objects.filter(stays, pk=OuterRef("pk")))
        | Exists(JobExecution.objects.filter(stays, first_attempt=OuterRef("pk")))
    )


def runs_without_parts(*, before: datetime) -> QuerySet[JobRun]:
    """Runs made before an instant of which nothing is left."""
    parts = JobExecution.objects.filter(run=OuterRef("pk"))
    return JobRun.objects.filter(~Exists(parts), created_at__lt=before)


def prune(*, before: datetime) -> Iterator[int]:
    """Delete what may go, a batch at a time; gives the number of executions after each.

    What they came to is kept first, day by day, for each hotel and for all.
    """
    statistics.archive_statistics(until=before, now=timezone.now())
    while keys := list(prunable(before=before).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            further, _ = JobExecution.objects.filter(first_attempt__in=keys).delete()
            JobExecution.objects.filter(pk__in=keys).delete()
        yield len(keys) + further
    while keys := list(runs_without_parts(before=before).values_list("pk", flat=True)[:BATCH]):
        JobRun.objects.filter(pk__in=keys).delete()
