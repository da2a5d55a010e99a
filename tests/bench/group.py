"""A large group of hotels in the benchmark database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from hotels.models import Hotel
from jobs import registry
from jobs.models import JobSchedule

ZONES = (
    "Europe/Lisbon",
    "America/New_York",
    "Asia/Tokyo",
    "Asia/Kuwait",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Kathmandu",
)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Roll back everything written in the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def migrate() -> None:
    """Create the tables in the database of DATABASE_URL."""
    assert "DATABASE_URL" in os.environ, "run it as: python -m tests.postgres python -m tests.bench"
    call_command("migrate", verbosity=0)


def empty() -> None:
    """Delete all rows past the triggers that protect issued invoices; on SQLite the whole file."""
    if connection.vendor == "sqlite":
        connection.close()
        Path(connection.settings_dict["NAME"]).unlink(missing_ok=True)
        migrate()
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            call_command("flush", interactive=False, verbosity=0)
            cursor.execute("RESET session_replication_role")


def hotels(count: int) -> list[Hotel]:
    """Create `count` hotels in eight time zones, without bookings."""
    made = Hotel.objects.bulk_create(
        (
            Hotel(
                code=f"bench-{n:05d}",
                name=f"Bench {n}",
                timezone=ZONES[n % len(ZONES)],
                is_sandbox=True,  # the measured times are not the present
            )
            for n in range(count)
        ),
        batch_size=2000,
    )
    _analyze()
    return made


def own_schedules(group: list[Hotel], *, since: datetime) -> int:
    """Give each hotel its own schedule of every job; return the number of schedules."""
    rows = [
        JobSchedule(
            hotel=hotel,
            job_name=job.name,
            expression=f"{(hotel.pk + n * 7) % 60} {(hotel.pk // 60 + n) % 24} * * *",
            counts_from=since,
            created_at=since,
            updated_at=since,
        )
        for hotel in group
        for n, job in enumerate(registry.all_jobs())
    ]
    JobSchedule.objects.bulk_create(rows, batch_size=2000)
    _analyze()
    return len(rows)


def _analyze() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
