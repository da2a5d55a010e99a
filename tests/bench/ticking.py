"""Benchmark of the tick: 10,000 hotels, five jobs."""

from datetime import UTC, datetime, timedelta

from django.db import connection

from jobs import registry, scheduling
from jobs.models import JobExecution, Tick
from jobs.scheduling.opening import open_due
from tests.bench import group, measuring

HOTELS = 10_000
NOON = datetime(2026, 7, 15, 12, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
READ_SCHEDULES = """
    SELECT s.id, s.hotel_id, s.job_name, s.expression, s.clock, h.timezone
    FROM jobs_jobschedule s JOIN hotels_hotel h ON h.id = s.hotel_id WHERE h.active
"""
OPEN_SLOTS = """
    INSERT INTO jobs_jobexecution (run_id, hotel_id, job_name, trigger, status, failure_kind,
        skip_reason, scheduled_for, as_of, attempt, effects, metadata, words, error, traceback,
        cancel_requested_by_name, created_at, updated_at)
    SELECT %s, h.id, 'recalc-availability', 'CRON', 'PENDING', '', '', %s, %s, 1, '{}', '{}', '',
        '', '', '', %s, %s
    FROM hotels_hotel h WHERE h.active ON CONFLICT DO NOTHING
"""


def run() -> None:
    """Time all hotels on the default schedules, then each with its own five schedules."""
    made = group.hotels(HOTELS)
    jobs = len(registry.all_jobs())
    _idle(f"idle tick: {HOTELS:,} hotels × {jobs} jobs, default schedules")
    _opening()
    _downtime()
    count = group.own_schedules(made, since=NOON - timedelta(days=30))
    _idle(f"tick: {count:,} hotel schedules, {len(group.ZONES)} time zones")


def _idle(title: str) -> None:
    def ours() -> None:
        scheduling.plan_slots(since=NOON, now=NOON + MINUTE)

    def floor() -> None:
        with connection.cursor() as cursor:
            cursor.execute(READ_SCHEDULES)
            cursor.fetchall()

    measuring.compare(
        title,
        ours=measuring.median(ours),
        floor=measuring.median(floor),
        of="one SELECT of all schedules with their zones",
        note=f"{measuring.queries(ours)} queries",
    )


def _opening() -> None:
    slot = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)

    def ours() -> None:
        with group.rolled_back():
            Tick.objects.create(pk=1, looked_until=slot, ticked_at=slot)
            open_due(now=slot + 5 * MINUTE)
            assert JobExecution.objects.count() == HOTELS

    def floor() -> None:
        with group.rolled_back(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO jobs_jobrun (job_name, trigger, requested_by_name, created_at)"
                " VALUES ('recalc-availability', 'CRON', '', %s) RETURNING id",
                [slot],
            )
            (run,) = cursor.fetchone()
            cursor.execute(OPEN_SLOTS, [run, slot, slot, slot, slot])

    measuring.compare(
        f"a slot of one job opened for {HOTELS:,} hotels",
        ours=measuring.median(ours),
        floor=measuring.median(floor),
        of="one INSERT … SELECT",
        note=f"{measuring.queries(ours)} queries",
    )


def _downtime() -> None:
    week = NOON + timedelta(days=7)
    counted = 0

    def ours() -> None:
        nonlocal counted
        with group.rolled_back():
            Tick.objects.create(pk=1, looked_until=NOON, ticked_at=NOON)
            open_due(now=week)
            counted = JobExecution.objects.count()

    def floor() -> None:
        with group.rolled_back(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO jobs_jobrun (job_name, trigger, requested_by_name, created_at)"
                " VALUES ('recalc-availability', 'CRON', '', %s) RETURNING id",
                [NOON],
            )
            (run,) = cursor.fetchone()
            for n in range(counted // HOTELS):
                cursor.execute(OPEN_SLOTS, [run, NOON + n * MINUTE, NOON, NOON, NOON])

    ours_once = measuring.median(ours, times=1)
    measuring.compare(
        f"a week of downtime of {HOTELS:,} hotels caught up: {counted:,} slots recorded",
        ours=ours_once,
        floor=measuring.median(floor, times=1),
        of="INSERT … SELECT of as many rows",
    )
