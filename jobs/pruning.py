"""Deletion of old executions, in batches."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from hotels.deadlocks import repeated_on_deadlock
from hotels.expired_rows import never
from jobs import counts, statistics
from jobs.models import JobExecution, JobRun, Status

BATCH = 1000
# Of the hourly tick: it comes again, and has other work to do.
MOST_BATCHES = 50
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


def prune(*, before: datetime, stop: Callable[[], bool] = never) -> Iterator[int]:
    """Delete old executions and empty runs; yield the number of executions of each batch.

    The statistics of the days of a batch are archived before it is deleted, for each hotel and for
    all hotels. Each batch is a transaction of its own. Returns early when `stop` is true.
    """
    for first, last in _old_ranges(JobExecution, before=before):
        if stop():
            return
        rows = prunable(before=before).filter(pk__range=(first, last))
        if keys := list(rows.order_by("pk").values_list("pk", flat=True)):
            statistics.archive_statistics(
                of=JobExecution.objects.filter(Q(pk__in=keys) | Q(first_attempt__in=keys)),
                now=timezone.now(),
            )
            yield len(keys) + _delete(keys)
    for first, last in _old_ranges(JobRun, before=before):
        if stop():
            return
        executions = JobExecution.objects.filter(run=OuterRef("pk"))
        runs = JobRun.objects.filter(~Exists(executions), created_at__lt=before)
        runs.filter(pk__range=(first, last)).delete()


def prune_expired(*, now: datetime, stop: Callable[[], bool] = never) -> int:
    """Delete executions older than the setting JOBS_KEEP_DAYS; return their number.

    At most `MOST_BATCHES`: the caller comes again. With 0 in the setting nothing is deleted.
    """
    if not settings.JOBS_KEEP_DAYS:
        return 0
    before = now - timedelta(days=settings.JOBS_KEEP_DAYS)
    return sum(islice(prune(before=before, stop=stop), MOST_BATCHES))


def _old_ranges(
    model: type[JobExecution | JobRun], *, before: datetime
) -> Iterator[tuple[int, int]]:
    """Ranges of `BATCH` keys, in ascending order, up to the first in which no row is old.

    Rows get their keys in the order of their creation, so this reads old rows alone: no index lists
    the executions of all hotels by age.
    """
    after = 0
    while True:
        rows = model.objects.filter(pk__gt=after).order_by("pk")
        batch = list(rows.values_list("pk", "created_at")[:BATCH])
        if all(created_at >= before for _, created_at in batch):
            return
        after = batch[-1][0]
        yield batch[0][0], after


@repeated_on_deadlock
@transaction.atomic
def _delete(first_attempts: list[int]) -> int:
    """Delete executions and their retries; returns the number of retries."""
    chosen = Q(pk__in=first_attempts) | Q(first_attempt__in=first_attempts)
    counts.forget(JobExecution.objects.filter(chosen))
    retries, _ = JobExecution.objects.filter(first_attempt__in=first_attempts).delete()
    JobExecution.objects.filter(pk__in=first_attempts).delete()
    return retries
