"""Benchmark of the jobs other than availability; floor: bare SQL for all hotels at once.

Each job is measured with its usual work of a night, and once more when nothing is left to do.
"""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from hotels.models import Hotel
from hotels.notifications.outbox import queue_mails
from jobs import registry
from jobs.base import JobContext
from jobs.models import JobExecution, JobRun, Status, Trigger
from tests.bench import executing, group, measuring, service_floors, working_hotels
from tests.bench.measuring import Target
from tests.bench.working_hotels import NOW

LONG = bool(os.environ.get("LONG"))
HOTELS = 1000 if LONG else 20
TIMES = 5
NEAR_FLOOR = Target(at_most=3)
MESSAGES = {"jobs_outboxmessage": ("status",)}
Workers = list["subprocess.Popen[str]"]


@dataclass(frozen=True, kw_only=True)
class Service:
    """A job, its work as statements for all hotels, and the tables and columns it writes."""

    job: str
    title: str
    floor: tuple[str, ...]
    writes: Mapping[str, tuple[str, ...]]
    floor_by_hotel: bool = False


SERVICES = (
    Service(
        job="daily-housekeeping",
        title="Housekeeping round",
        floor=service_floors.HOUSEKEEPING,
        floor_by_hotel=True,
        writes={
            "hotels_hotel": ("last_round_date",),
            "hotels_room": ("cleanliness",),
            "hotels_housekeepingtask": ("status", "reason"),
            **MESSAGES,
        },
    ),
    Service(
        job="check-no-shows",
        title="No-show check",
        floor=service_floors.NO_SHOWS,
        floor_by_hotel=True,
        writes={
            "hotels_bookingroom": ("status", "folio_id"),
            "hotels_bookingnight": ("released",),
            "hotels_folio": ("status", "completed_at"),
            "hotels_folioline": (),
            "hotels_noshowrecord": ("outcome",),
            "hotels_roomavailability": (
                "occupied_rooms", "available_rooms", "overbooked_by", "occupancy_rate", "updated_at"
            ),
            **MESSAGES,
        },
    ),
    Service(
        job="generate-invoices",
        title="Invoice generation",
        floor=service_floors.INVOICES,
        writes={
            "hotels_folioline": ("document_id", "settled_at"),
            "hotels_invoiceseries": ("last_number", "last_issue_date"),
            "hotels_invoice": ("balance", "payment_status"),
            "hotels_invoiceline": (),
            "hotels_invoicetax": (),
            **MESSAGES,
        },
    ),
    Service(
        job="maintenance-schedule",
        title="Preventive maintenance",
        floor=service_floors.MAINTENANCE,
        floor_by_hotel=True,
        writes={
            "hotels_workorder": ("status",),
            "hotels_maintenanceplan": ("next_due_date",),
            **MESSAGES,
        },
    ),
)  # fmt: skip


def run() -> None:
    """Time each job over all hotels, with its work and without, beside its floor."""
    group.hotels(HOTELS)
    working_hotels.fill()
    hotels = list(Hotel.objects.order_by("pk"))
    with executing.processes() as workers:
        work("recalc-availability", workers)
        for service in SERVICES:
            _compare(service, hotels, workers)


def work(job: str, workers: Workers) -> None:
    """Let the workers run a job for all hotels, as the night does: each time another slot."""
    executing.work(workers, job_name=job, now=NOW, slot=timezone.now())
    ended = JobExecution.objects.filter(job_name=job)
    assert not ended.exclude(status=Status.COMPLETED, problems=0).exists(), job


def lay_floor(service: Service) -> None:
    """Do the work of the service for all hotels in bare SQL, in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in service.floor:
            cursor.execute(statement, {"now": NOW, "hotel": None})


def lay_floor_by_hotel(service: Service, hotels: list[Hotel]) -> None:
    """Do the same hotel by hotel, each in a transaction that ends a bare row of an execution."""
    at = timezone.now()
    run = JobRun.objects.create(job_name=service.job, trigger=Trigger.COMMAND, created_at=at)
    with connection.cursor() as cursor:
        for statement in service_floors.tables_kept(service.floor):
            cursor.execute(statement, {"now": NOW, "hotel": None})
        for hotel in hotels:
            cursor.execute(executing.INSERT, [run.pk, hotel.pk, *[at] * 6])
            (key,) = cursor.fetchone()
            with transaction.atomic():
                for statement in service_floors.with_tables_kept(service.floor):
                    cursor.execute(statement, {"now": NOW, "hotel": hotel.pk})
                cursor.execute(executing.UPDATE, [at, at, key])
        cursor.execute("DISCARD TEMP")


def remember(service: Service) -> None:
    """Copy what the service may change."""
    with connection.cursor() as cursor:
        for table, columns in service.writes.items():
            cursor.execute(f"DROP TABLE IF EXISTS bench_{table}")
            cursor.execute(
                f"CREATE UNLOGGED TABLE bench_{table} AS"
                f" SELECT {', '.join(('id', *columns))} FROM {table}"
            )
            cursor.execute(f"ALTER TABLE bench_{table} ADD PRIMARY KEY (id)")
            cursor.execute(f"ANALYZE bench_{table}")


def restore(service: Service) -> None:
    """Undo what was written since `remember`."""
    tables = ", ".join(service.writes)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table, columns in service.writes.items():
            cursor.execute(
                f"DELETE FROM {table} WHERE id > (SELECT coalesce(max(id), 0) FROM bench_{table})"
            )
            if columns:
                former = ", ".join(f"{column} = old.{column}" for column in columns)
                cursor.execute(
                    f"UPDATE {table} t SET {former} FROM bench_{table} old"
                    f" WHERE {_differs(columns)}"
                )
        cursor.execute("RESET session_replication_role")
        cursor.execute("DELETE FROM jobs_jobexecution; DELETE FROM jobs_jobrun")
        cursor.execute(f"VACUUM ANALYZE {tables}, jobs_jobexecution")


def written(service: Service) -> dict[str, tuple[int, int]]:
    """The numbers of rows made and changed since `remember`, by table."""
    found = {}
    with connection.cursor() as cursor:
        for table, columns in service.writes.items():
            cursor.execute(
                f"SELECT count(*) FROM {table}"
                f" WHERE id > (SELECT coalesce(max(id), 0) FROM bench_{table})"
            )
            made = cursor.fetchone()[0]
            changed = 0
            if columns:
                cursor.execute(
                    f"SELECT count(*) FROM {table} t, bench_{table} old WHERE {_differs(columns)}"
                )
                changed = cursor.fetchone()[0]
            found[table.split("_")[1]] = (made, changed)
    return found


def _differs(columns: tuple[str, ...]) -> str:
    now, before = (", ".join(f"{row}.{column}" for column in columns) for row in ("t", "old"))
    return f"t.id = old.id AND ({now}) IS DISTINCT FROM ({before})"


def _compare(service: Service, hotels: list[Hotel], workers: Workers) -> None:
    remember(service)
    rows = {}
    for name, call in _calls(service, hotels, workers).items():
        restore(service)
        call()
        rows[name] = written(service)
    assert all(found == rows["ours"] for found in rows.values()), rows
    _measure(service, hotels, workers, title="a night's work", again=False)
    restore(service)
    work(service.job, workers)
    done = written(service)
    _measure(service, hotels, workers, title="nothing to do", again=True)
    assert written(service) == done, "nothing was to be done"
    restore(service)


def _calls(
    service: Service, hotels: list[Hotel], workers: Workers
) -> dict[str, Callable[[], None]]:
    calls = {"ours": lambda: work(service.job, workers), "floor": lambda: lay_floor(service)}
    if service.floor_by_hotel:
        calls["by hotel"] = lambda: lay_floor_by_hotel(service, hotels)
    return calls


def _measure(
    service: Service, hotels: list[Hotel], workers: Workers, *, title: str, again: bool
) -> None:
    before = None if again else lambda: restore(service)
    took, least, *by_hotel = measuring.interleaved(
        *_calls(service, hotels, workers).values(), times=TIMES, before=before
    )
    if before is not None:
        before()
    with group.rolled_back():
        # As an execution reads it: what it did before is stored.
        hotel = Hotel.objects.get(pk=hotels[0].pk)
        queries = measuring.queries(lambda: serve(service, hotel))
    measuring.compare(
        f"{service.title}, {title}: {len(hotels):,} hotels × 100 rooms",
        ours=took,
        floor=least,
        of="a few statements for all hotels, no executions",
        note=f"{took * 1000 / len(hotels):.1f} ms and {queries} queries a hotel,"
        f" {executing.PROCESSES} processes",
        target=NEAR_FLOOR,
    )
    for each in by_hotel:
        measuring.compare(
            f"{service.title}, {title}, hotel by hotel: {len(hotels):,} hotels × 100 rooms",
            ours=took,
            floor=each,
            of="the same statements hotel by hotel, each with an INSERT and an UPDATE of an"
            " execution, and two commits, in one thread",
        )


def serve(service: Service, hotel: Hotel) -> None:
    """Run the service for one hotel and store its messages, without an execution."""
    context = JobContext(hotel=hotel, now=NOW)
    registry.get(service.job).service(context)
    queue_mails(context.mails, now=NOW)
