"""Limits: in how many hotels a job, or all jobs of a group, may run at once on all machines.

A worker asks before it works a shard, and says in its `WorkerProcess` how many hotels at once it
takes. If none is free, the messages about that job or group are held in a queue that no worker
reads, until a worker that has taken some is done. The tick releases them all once a minute, since
that worker may have died.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q

from hotels.models import HotelGroup
from jobs.models import JobExecution, JobExecutionQuerySet, WorkerProcess
from jobs.queue.messages import HELD, SHARDS, WORK, send_held

# Two workers at once would each take what is free. A release waits for a worker that holds back.
_LOCK = "SELECT pg_advisory_xact_lock(7218664125093126)"
_MOVE = """
    UPDATE procrastinate_jobs SET queue_name = %s
    WHERE id IN (
        SELECT id FROM procrastinate_jobs
        WHERE task_name = %s AND status = 'todo' AND queue_name = %s
            AND (args ->> 'job_name' = ANY(%s) OR (args ->> 'group_id')::bigint = ANY(%s))
        ORDER BY id FOR UPDATE SKIP LOCKED
    )
"""
_RELEASE_ALL = """
    UPDATE procrastinate_jobs SET queue_name = %s
    WHERE id IN (
        SELECT id FROM procrastinate_jobs
        WHERE queue_name = %s ORDER BY id FOR UPDATE SKIP LOCKED
    )
"""
_HELD = """
    SELECT coalesce(sum(jsonb_array_length(args -> 'execution_ids')), 0)
    FROM procrastinate_jobs WHERE queue_name = %s AND status = 'todo'
"""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """Of how many hotels at once `free` are free: those of a job, or of a group of hotels."""

    hotels_at_once: int
    free: int
    job_name: str | None = None
    group_id: int | None = None


def limits_on(*, job_name: str, group_id: int | None) -> list[Limit]:
    """The limits on a job in the hotels of a group, with what is free now; empty without one.

    Where there is a limit, this waits for others that ask, until the transaction ends: it must be
    open. What the caller takes has to be stored in it.
    """
    of_job = settings.JOBS_LIMITS.get(job_name)
    of_group = _limit_of_group(group_id)
    if of_job is None and of_group is None:
        return []
    _wait_for_others()
    holders = [row for row in WorkerProcess.objects.alive() if row.message_id is not None]
    running = JobExecution.objects.running()
    found = []
    if of_job is not None:
        same = [row for row in holders if row.job_name == job_name]
        taken = _taken(same, running.filter(job_name=job_name))
        found.append(Limit(hotels_at_once=of_job, free=of_job - taken, job_name=job_name))
    if of_group is not None:
        same = [row for row in holders if row.group_id == group_id]
        taken = _taken(same, running.filter(hotel__group_id=group_id))
        found.append(Limit(hotels_at_once=of_group, free=of_group - taken, group_id=group_id))
    return found


@contextmanager
def within_limits(execution: JobExecution) -> Iterator[bool]:
    """Yield true if the limits leave a hotel for an execution: then claim it in the block.

    Its hotel must be loaded. What the block stores is committed when it ends.
    """
    with transaction.atomic():
        group_id = execution.hotel.group_id
        limits = limits_on(job_name=execution.job_name, group_id=group_id)
        yield all(limit.free > 0 for limit in limits)


def _wait_for_others() -> None:
    if connection.vendor == "postgresql":  # SQLite has one writer, and no queue
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)


def _limit_of_group(group_id: int | None) -> int | None:
    if group_id is None:
        return None
    rows = HotelGroup.objects.filter(pk=group_id, hotels_at_once__isnull=False)
    return rows.values_list("hotels_at_once", flat=True).first()


def _taken(holders: Sequence[WorkerProcess], running: JobExecutionQuerySet) -> int:
    """The number of hotels at once that are taken, by workers and by executions anywhere else.

    What a process runs is part of what it has taken. Behind a pooler no process has a key: there
    all of them are compared together.
    """
    taken: Counter[int | None] = Counter()
    for row in holders:
        taken[row.key] += row.threads
    begun = Count("pk", filter=Q(started_at__isnull=False))
    in_progress = running.order_by().values("worker").annotate(n=Count("pk"), begun=begun)
    for key, n, begun_by_it in in_progress.values_list("worker", "n", "begun"):
        # Of what its threads only hold, no more is in progress than there are threads.
        taken[key] = max(taken[key], begun_by_it if key in taken else n)
    return taken.total()


def hold_back(*, message: Any, limits: Sequence[Limit]) -> None:
    """Hold a message that a worker took, and all that wait for the same job or group.

    `message` is the library's. To be called in the transaction of `limits_on`, with those of which
    nothing is free. The library deletes what the worker took when that returns.
    """
    send_held(message)
    _move(limits, to=HELD, from_=SHARDS)


def release(*, limits: Sequence[Limit]) -> None:
    """Give the messages held for these limits to the workers again. A transaction must be open.

    To be called after the worker has reported that it holds nothing any more.
    """
    _wait_for_others()
    _move(limits, to=SHARDS, from_=HELD)


def release_all() -> None:
    """Give all held messages to the workers again: they find out what is free."""
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE_ALL, [SHARDS, HELD])


def without_limited(rows: JobExecutionQuerySet) -> JobExecutionQuerySet:
    """Leave out of `rows` what waits for its turn: a limit covers it, and its job or group goes on.

    Takes a query for each kind of limit that is set.
    """
    running = JobExecution.objects.running().order_by()
    if settings.JOBS_LIMITS:
        limited = running.filter(job_name__in=list(settings.JOBS_LIMITS))
        rows = rows.exclude(job_name__in=set(limited.values_list("job_name", flat=True)))
    groups = HotelGroup.objects.filter(hotels_at_once__isnull=False)
    if limited_groups := set(groups.values_list("pk", flat=True)):
        in_progress = running.filter(hotel__group__in=limited_groups)
        busy = set(in_progress.values_list("hotel__group", flat=True))
        # Hotels without a group have no limit; `exclude` would compare NULL.
        rows = rows.filter(Q(hotel__group__isnull=True) | ~Q(hotel__group__in=busy))
    return rows


def held_back() -> int:
    """Return the number of executions whose messages a limit holds back; 0 without the queue."""
    if not apps.is_installed("procrastinate.contrib.django"):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [HELD])
        return int(cursor.fetchone()[0])


def _move(limits: Sequence[Limit], *, to: str, from_: str) -> None:
    jobs = [limit.job_name for limit in limits if limit.job_name is not None]
    groups = [limit.group_id for limit in limits if limit.group_id is not None]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [to, WORK, from_, jobs, groups])
