"""Handing executions to the workers of the queue, and following how they end (docs/adr/0031)."""

import time
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from hotels.deadlocks import repeated_on_deadlock
from jobs import queue, runner
from jobs.dispatch.options import Stop
from jobs.dispatch.waiting import Waiting, load
from jobs.models import JobExecution, JobExecutionQuerySet, Status
from jobs.models.execution import CLOCK_TOLERANCE
from jobs.runner import Outcome

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds from one look to the next
WITH_WORKERS = "handed to the workers"


def through_queue(*, now: datetime) -> bool:
    """True if executions for the effective time `now` go to the queue's workers.

    Otherwise they are worked in this process: without the queue, while no worker is alive, and for
    a simulated time, since workers work slots at the real one.
    """
    return abs(now - timezone.now()) <= CLOCK_TOLERANCE and queue.is_attended()


def hand_out(*, rows: JobExecutionQuerySet) -> int:
    """Send the PENDING executions to the workers, in the caller's transaction.

    Returns their number, 0 if no worker is alive.
    """
    if not queue.is_attended():
        return 0
    return queue.send_shards(queue.shards_of(rows.pending()))


@repeated_on_deadlock
@transaction.atomic
def hand_out_lost(*, waiting: Iterable[Waiting]) -> int:
    """Send those executions to the workers that have no message; returns their number.

    Their message was lost, or they never had one.
    """
    runner.limit_session()  # a process that hangs loses the lock that all who do this share
    lost = queue.without_message(place.execution_id for place in waiting)
    if not lost:
        return 0
    return queue.send_shards(queue.shards_of(JobExecution.objects.pending().filter(pk__in=lost)))


def follow(*, execution_ids: Collection[int], stop: Stop) -> Iterator[Outcome]:
    """The outcome of each execution once a worker has ended it.

    Once `stop` returns true, or no worker is alive any more, those that have not ended get an
    outcome with their present status. Raises what `load` raises.
    """
    left = set(execution_ids)
    pause = FIRST_PAUSE
    while left:
        unfinished = JobExecution.objects.unfinished().filter(pk__in=left)
        open_ids = set(unfinished.values_list("pk", flat=True))
        for row in load(execution_ids=sorted(left - open_ids)):
            yield outcome_of_row(row, words=row.words)
        left = open_ids
        if left and (stop() or not queue.is_attended()):
            break
        if left:
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
    for row in load(execution_ids=sorted(left)):
        words = WITH_WORKERS if row.status == Status.PENDING else row.words
        yield outcome_of_row(row, words=words)


def outcome_of_row(row: JobExecution, *, words: str, repeated: bool = False) -> Outcome:
    """The outcome of an execution as it is stored."""
    return Outcome(
        hotel=row.hotel,
        job_name=row.job_name,
        status=row.status,
        summary=words,
        skip_reason=row.skip_reason,
        result=row.result,
        attention=tuple(row.metadata.get("attention", ())),
        effects=row.effects,
        error=row.error,
        problems=row.problems,
        duration=row.duration,
        execution_id=row.pk,
        repeated=repeated,
    )
