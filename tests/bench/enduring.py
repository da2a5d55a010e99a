"""Benchmarks of what must not grow: a worker's memory, and the tables while old rows are pruned."""

import os
import threading
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

from hotels.models import Hotel
from jobs import pruning, registry
from jobs.dispatch import RunRequest, open_run
from jobs.models import JobExecution, JobRun, Trigger
from tests.bench import executing, group, measuring, worker_processes
from tests.bench.measuring import Target

LONG = os.environ.get("LONG") == "yes"
# One after the other in one process: the median of the first tenth is compared with the last.
EXECUTIONS = 200_000 if LONG else 20_000
AT_ONCE = 2_000
FLAT = Target(at_most=1.1)

BLOAT_HOTELS = 10_000 if LONG else 1_000
NIGHTS, KEPT = 30, 7
JOBS_A_NIGHT = 6
TABLES = ("jobs_jobexecution", "jobs_jobrun")
# The figures of each day stay, so that statistics outlive the executions.
ARCHIVE = ("jobs_dailyfigures",)
# As the engine does: a row is stored, claimed and ended, by an UPDATE each.
_STORE = """
    INSERT INTO jobs_jobexecution (run_id, hotel_id, job_name, trigger, status, failure_kind,
        skip_reason, scheduled_for, as_of, attempt, problems, effects, metadata, words, error,
        traceback, cancel_requested_by_name, created_at, updated_at)
    SELECT %(run)s, id, %(job)s, 'CRON', 'PENDING', '', '', %(at)s, %(at)s, 1, 0, '{}', '{}', '',
        '', '', '', %(at)s, %(at)s
    FROM hotels_hotel
"""
_CLAIM = """
    UPDATE jobs_jobexecution SET status = 'RUNNING', started_at = %(at)s, updated_at = %(at)s,
        token = gen_random_uuid(), lease_expires_at = %(at)s::timestamptz + interval '10 minutes'
    WHERE run_id = %(run)s
"""
_END = """
    UPDATE jobs_jobexecution SET status = 'COMPLETED', completed_at = %(at)s, updated_at = %(at)s,
        words = 'nothing to do', result = '{}', token = NULL, lease_expires_at = NULL
    WHERE run_id = %(run)s
"""
LOOK_EVERY = 0.1  # seconds


def run_memory() -> None:
    """Compare what a worker holds after many executions with what it held after a tenth."""
    if connection.vendor != "postgresql":
        return
    group.hotels(AT_ONCE)
    hotel_ids = list(Hotel.objects.values_list("pk", flat=True))
    held = []
    with executing.empty_job(), worker_processes.workers(1) as supervisor:
        for _ in range(EXECUTIONS // AT_ONCE):
            _work(hotel_ids)
            held.append(worker_processes.memory(supervisor))
    early = held[max(len(held) // 10 - 1, 0)]
    megabytes = ", ".join(f"{size / 1024**2:.1f}" for size in held[:: max(len(held) // 10, 1)])
    measuring.compare(
        f"memory of a worker after {EXECUTIONS:,} executions",
        ours=held[-1],
        floor=early,
        of="what it held after a tenth of them",
        target=FLAT,
        unit="MB",
        note=f"in between: {megabytes} MB",
    )


def _work(hotel_ids: list[int]) -> None:
    now = timezone.now()
    request = RunRequest(job=registry.get(executing.JOB), now=now, trigger=Trigger.CRON, slot=now)
    open_run(request=request, hotel_ids=hotel_ids)
    pause = threading.Event()
    while JobExecution.objects.unfinished().exists():
        pause.wait(LOOK_EVERY)


def run_bloat() -> None:
    """Compare the size of the tables after NIGHTS nights with that after half of them.

    Rows are kept for KEPT nights, so that from then on each night's rows need no further space.
    """
    if connection.vendor != "postgresql":
        return
    group.hotels(BLOAT_HOTELS)
    first = datetime(2026, 1, 1, tzinfo=UTC)
    sizes = []
    for night in range(NIGHTS):
        at = first + timedelta(days=night)
        for job in registry.all_jobs()[:JOBS_A_NIGHT]:
            _record(job.name, at)
        for _ in pruning.prune(before=at - timedelta(days=KEPT)):
            pass
        _vacuum()
        sizes.append(_size(TABLES))
    megabytes = ", ".join(f"{size / 1024**2:.0f}" for size in sizes[::5])
    measuring.compare(
        f"size of the tables of executions after {NIGHTS} nights of {BLOAT_HOTELS:,} hotels",
        ours=sizes[-1],
        floor=sizes[NIGHTS // 2 - 1],
        of=f"what they take after {NIGHTS // 2} nights, {KEPT} of them kept",
        target=FLAT,
        unit="MB",
        note=(
            f"every fifth night: {megabytes} MB; {JobExecution.objects.count():,} rows at the end;"
            f" the statistics of the pruned days take {_size(ARCHIVE) / 1024**2:.1f} MB beside them"
        ),
    )


def _record(job: str, at: datetime) -> None:
    run = JobRun.objects.create(job_name=job, trigger="CRON", created_at=at)
    values = {"run": run.pk, "job": job, "at": at}
    with connection.cursor() as cursor:
        for statement in (_STORE, _CLAIM, _END):
            cursor.execute(statement, values)


def _vacuum() -> None:
    """What autovacuum does within a minute of so many changes."""
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")


def _size(tables: tuple[str, ...]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name",
            [list(tables)],
        )
        (size,) = cursor.fetchone()
    return int(size)
