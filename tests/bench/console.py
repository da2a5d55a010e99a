"""Benchmark of the console's job pages: 500 hotels × 90 days on the default schedules."""

import json
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from hotels.models import Hotel
from jobs import cron_expressions, registry
from jobs.models import DailyFigures, JobExecution, JobRun
from tests.bench import group, measuring
from tests.factories import MembershipFactory, UserFactory

HOTELS, DAYS = 500, 90
COLUMNS = (
    *("run_id", "hotel_id", "job_name", "trigger", "status", "failure_kind", "skip_reason"),
    *("scheduled_for", "as_of", "attempt", "cancel_requested_by_name", "result", "effects"),
    *("metadata", "words", "error", "traceback"),
    *("started_at", "completed_at", "created_at", "updated_at", "problems"),
)
RESULTS: dict[str, dict[str, Any]] = {
    "daily-housekeeping": {"tasksCreated": 41, "tasksAssigned": 40, "unassigned": 1},
    "maintenance-schedule": {"workOrdersCreated": 2, "missedCycles": 0},
    "check-no-shows": {"noShowsDetected": 1, "penaltiesApplied": 1, "totalPenalty": "120.00"}
    | {"currency": "EUR", "roomsFreed": 1},
    "generate-invoices": {"invoicesGenerated": 17, "totalAmount": "3412.50", "currency": "EUR"},
    "recalc-availability": {"roomsProcessed": 80, "availabilityUpdated": 12}
    | {"rowsUnchanged": 258, "occupancyRate": "71.30", "overbookedNights": 0},
}


def run() -> None:
    """Generate the data, then time each page; floor: reading the rows the page needs."""
    hotels = group.hotels(HOTELS)
    now = timezone.now()
    made = generate(hotels=hotels, days=DAYS, now=now)
    vendor = connection.vendor
    measuring.console.print(f"{made:,} executions of {HOTELS} hotels in {DAYS} days, {vendor}")
    root = _browser(UserFactory(is_superuser=True))
    some = UserFactory()
    for hotel in hotels[: HOTELS // 2]:
        MembershipFactory(user=some, hotel=hotel)
    _trends(root, _browser(some), hotels[0], now=now)
    _grids(root, hotels, now=now)


def generate(*, hotels: list[Hotel], days: int, now: datetime) -> int:
    """Create executions of all jobs up to `now`, one in 200 failed; return their number."""
    rows = _rows(hotels, since=now - timedelta(days=days), now=now)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            names = ", ".join(COLUMNS)
            with cursor.copy(f"COPY jobs_jobexecution ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute("ANALYZE")
        else:
            marks = ", ".join(["%s"] * len(COLUMNS))
            statement = f"INSERT INTO jobs_jobexecution ({', '.join(COLUMNS)}) VALUES ({marks})"
            cursor.executemany(statement, rows)
            cursor.execute("ANALYZE")
    return JobExecution.objects.count()


def _rows(hotels: list[Hotel], *, since: datetime, now: datetime) -> Iterator[tuple[Any, ...]]:
    slots = sorted(
        (slot.astimezone(UTC), job.name)
        for job in registry.all_jobs()
        for slot in cron_expressions.between(
            expression=job.schedule, zone=UTC, after=since, until=now
        )
    )
    # Runs are created first: during COPY the connection accepts no other statement.
    runs = JobRun.objects.bulk_create(
        JobRun(job_name=name, trigger="CRON", scheduled_for=slot, created_at=slot)
        for slot, name in slots
    )
    return _parts(runs, hotels)


def _parts(runs: list[JobRun], hotels: list[Hotel]) -> Iterator[tuple[Any, ...]]:
    dice = random.Random(7)
    for run in runs:
        slot, name = run.scheduled_for, run.job_name
        assert slot is not None
        result = RESULTS.get(name, {})
        for n, hotel in enumerate(hotels):
            start = slot + timedelta(milliseconds=20 * n)
            end = start + timedelta(milliseconds=round(dice.lognormvariate(4, 0.6)))
            failed = dice.random() < 0.005
            stored = json.dumps(result | {"hotelId": hotel.pk, "problems": []})
            yield (
                run.pk,
                hotel.pk,
                name,
                "CRON",
                "FAILED" if failed else "COMPLETED",
                "failed" if failed else "",
                "",
                slot,
                start,
                1,
                "",
                stored,
                "{}",
                "{}",
                "The lobby is closed" if failed else "41 tasks, 40 assigned",
                "The lobby is closed" if failed else "",
                "",
                start,
                end,
                slot,
                end,
                0,
            )


def _browser(user: Any) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def page(client: Client, path: str) -> None:
    """Get a page with its complete body."""
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    for _ in answer if answer.streaming else ():
        pass


def _measure(title: str, client: Client, path: str, *, floor: float, of: str) -> None:
    page(client, path)
    ours = measuring.median(lambda: page(client, path))
    began = time.process_time()
    page(client, path)
    processor = (time.process_time() - began) * 1000
    count = measuring.queries(lambda: page(client, path))
    note = f"{count} queries, {processor:,.0f} ms CPU"
    measuring.compare(f"{title} {path}", ours=ours, floor=floor, of=of, note=note)


def _trends(root: Client, some: Client, hotel: Hotel, *, now: datetime) -> None:
    path = f"/admin/trends/?days={DAYS}"
    for title, client in (("all hotels", root), (f"{HOTELS // 2} hotels", some)):
        requests, first = 0, 0.0
        while not requests or b"data-poll" in client.get(path).content:
            took = measuring.median(lambda client=client: page(client, path), times=1)
            requests, first = requests + 1, max(first, took)
        measuring.console.print(
            f"First calculation, {title}: {requests} requests, the longest {first * 1000:,.0f} ms"
        )
    kept = DailyFigures.objects.filter(scope="all").order_by().values_list("day", "jobs")
    floor = measuring.median(lambda: list(kept.all()))
    of = "reading the stored days"
    _measure("Trends, all hotels", root, path, floor=floor, of=of)
    _measure("Trends, half of the hotels", some, path, floor=floor, of=of)
    _measure("Trends, one hotel", root, f"{path}&hotel={hotel.code}", floor=floor, of=of)


def _grids(root: Client, hotels: list[Hotel], *, now: datetime) -> None:
    page = [hotel.pk for hotel in hotels[:50]]
    columns = ("hotel_id", "job_name", "scheduled_for", "status", "words")
    for hours in (24, 168):
        since = now - timedelta(hours=hours)
        rows = JobExecution.objects.filter(hotel__in=page, scheduled_for__gte=since).order_by()
        floor = measuring.median(lambda rows=rows: list(rows.values_list(*columns)))
        of = "the rows of the page's hotels"
        _measure("Timeline", root, f"/admin/timeline/?hours={hours}", floor=floor, of=of)
    day = f"{now - timedelta(days=1):%Y-%m-%d}"
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    rows = JobExecution.objects.filter(
        started_at__gte=begin, started_at__lt=begin + timedelta(days=1)
    )
    floor = measuring.median(
        lambda: list(rows.order_by().values_list("started_at", "completed_at"))
    )
    path = f"/admin/timeline/night/?date={day}"
    _measure("Night", root, path, floor=floor, of="starts and ends of the day")
