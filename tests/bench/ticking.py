"""Benchmark of the tick: 10,000 hotels, five jobs; nothing due, a slot due, after a week down."""

import gc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connection

from jobs import registry, scheduling
from jobs.models import JobExecution, JobSchedule, Tick
from jobs.scheduling.opening import open_due
from tests.bench import group, measuring

HOTELS = 10_000
JOB = "recalc-availability"
NOON = datetime(2026, 7, 15, 12, 30, tzinfo=UTC)
SLOT = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)
READ_SCHEDULES = """
    SELECT s.id, s.hotel_id, s.job_name, s.expression, s.clock, h.timezone
    FROM jobs_jobschedule s JOIN hotels_hotel h ON h.id = s.hotel_id WHERE h.active
"""
OPEN_RUN = """
    INSERT INTO jobs_jobrun (job_name, trigger, requested_by_name, created_at)
    VALUES ('recalc-availability', 'CRON', '', %s) RETURNING id
"""
OPEN_SLOTS = """
    INSERT INTO jobs_jobexecution (run_id, hotel_id, job_name, trigger, status, failure_kind,
        skip_reason, scheduled_for, as_of, attempt, problems, effects, metadata, words, error,
        traceback, cancel_requested_by_name, created_at, updated_at)
    SELECT %s, h.id, 'recalc-availability', 'CRON', 'PENDING', '', '', %s, %s, 1, 0, '{}', '{}',
        '', '', '', '', %s, %s
    FROM hotels_hotel h WHERE h.active ON CONFLICT DO NOTHING
"""


def run() -> None:
    """Time all hotels on the default schedules, then each with its own five schedules."""
    made = group.hotels(HOTELS)
    gc.freeze()  # as the command does with what it has imported
    jobs = len(registry.all_jobs())
    _idle(f"tick with nothing due: {HOTELS:,} hotels × {jobs} jobs, default schedules")
    _opening("default schedule")
    _downtime()
    _vacuum()
    with group.rolled_back():
        group.own_schedules(made, since=NOON - timedelta(days=30))
        JobSchedule.objects.filter(job_name=JOB).update(expression="0 1 * * *", clock="UTC")
        JobSchedule.objects.exclude(job_name=JOB).delete()
        _opening("own schedules")
    count = group.own_schedules(made, since=NOON - timedelta(days=30))
    _idle(f"tick with nothing due: {count:,} own schedules, {len(group.ZONES)} time zones")


def _vacuum() -> None:
    """Remove the rows that were rolled back: their index entries would slow what comes next."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (FULL, ANALYZE) jobs_jobexecution")


def _idle(title: str) -> None:
    def ours() -> None:
        scheduling.plan_slots(since=NOON, now=NOON + MINUTE)

    def floor() -> None:
        with connection.cursor() as cursor:
            cursor.execute(READ_SCHEDULES)
            cursor.fetchall()

    mine, bare = measuring.interleaved(ours, floor)
    measuring.compare(
        title,
        ours=mine,
        floor=bare,
        of="one SELECT of all schedules with their zones",
        note=f"{measuring.queries(ours)} queries",
        target=measuring.Target(milliseconds=100),
    )


def _opening(kind: str) -> None:
    ours = _ticking(since=SLOT - MINUTE, now=SLOT + 5 * MINUTE, rows=HOTELS)
    mine, bare = measuring.interleaved(ours, _inserting(slots=1))
    measuring.compare(
        f"a slot of one job opened for {HOTELS:,} hotels, {kind}",
        ours=mine,
        floor=bare,
        of="one INSERT … SELECT with the foreign keys checked",
        note=f"{measuring.queries(ours)} queries",
        target=measuring.Target(milliseconds=500),
    )


def _downtime() -> None:
    rows = 0

    def ours() -> None:
        nonlocal rows
        with group.rolled_back():
            Tick.objects.create(pk=1, looked_until=NOON, ticked_at=NOON)
            open_due(now=NOON + WEEK)
            rows = JobExecution.objects.count()

    def floor() -> None:
        _inserting(slots=rows // HOTELS)()

    mine, bare = measuring.interleaved(ours, floor, times=3)
    measuring.compare(
        f"a week of downtime of {HOTELS:,} hotels caught up: {rows:,} slots recorded",
        ours=mine,
        floor=bare,
        of="INSERT … SELECT of as many rows",
        target=measuring.Target(milliseconds=10_000),
    )


def _ticking(*, since: datetime, now: datetime, rows: int | None = None) -> Callable[[], None]:
    def call() -> None:
        with group.rolled_back():
            Tick.objects.create(pk=1, looked_until=since, ticked_at=since)
            open_due(now=now)
            assert rows in (None, JobExecution.objects.count())

    return call


def _inserting(*, slots: int) -> Callable[[], None]:
    def call() -> None:
        with group.rolled_back(), connection.cursor() as cursor:
            cursor.execute(OPEN_RUN, [NOON])
            (run,) = cursor.fetchone()
            for n in range(slots):
                at = NOON + n * MINUTE
                cursor.execute(OPEN_SLOTS, [run, at, at, at, at])
            connection.check_constraints()

    return call
