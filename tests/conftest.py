"""Fixtures every test may use: a clock, a hotel, a service's context, the two databases."""

import fcntl
import gc
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from hotels.models import Hotel
from jobs.base import JobContext
from tests import postgres
from tests.factories import HotelFactory, restart_numbers
from tests.locking import LockInspector
from tests.migrating import migration, tables_with_copies
from tests.waiting import TIMEOUT

__all__ = ["migration", "tables_with_copies"]

TESTS_SINCE_SWEEP: pytest.StashKey[list[int]] = pytest.StashKey()
TESTS_BETWEEN_SWEEPS = 300

settings.register_profile(
    "project",
    deadline=None,
    # A busy machine is no fault of the test.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("project")


def pytest_configure() -> None:
    """Register the models with the admin, as the URLconf does: tests are made of the list."""
    admin.autodiscover()


def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class) -> list[pytest.Item] | None:
    """Collect nothing of a module of which this half runs nothing: see `make test-postgresql`."""
    left_out = "not once" in collector.config.option.markexpr
    return [] if left_out and collector.get_closest_marker("once") else None


def uses_database(item: pytest.Item) -> bool:
    """Whether the test reads or writes the database of the tests."""
    names: Sequence[str] = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or "db" in names


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what the other half runs, and begin with what is slow; the rest stays shuffled.

    Begun last, a slow test would keep one worker busy while the others have nothing left. Tests of
    the browser stand together, so that one worker runs them with one site and one browser.
    """
    for item in items:
        if item.get_closest_marker("once") and uses_database(item):
            raise pytest.UsageError(f"{item.nodeid} touches the database: it has to run on both.")
    if connection.vendor != "postgresql":
        items[:] = [item for item in items if item.get_closest_marker("postgres") is None]
    for first in ("browser", "slow"):
        items.sort(key=lambda item, first=first: item.get_closest_marker(first) is None)


def pytest_collection_finish() -> None:
    """Keep what was imported and collected out of garbage collection: it lives as long as we do.

    Going through all of it again and again took an eighth of the time of the tests. What tests
    leave is little beside that: looked through at every thousandth object, it took a fortieth.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Wait for work that a test began in the background: later it would meet the next test's rows.

    That is before the tables are emptied or rolled back.
    """
    background: list[threading.Thread] = []
    try:
        yield
    finally:
        background += (each for each in threading.enumerate() if each.name == "run now")
        for thread in background:
            thread.join(TIMEOUT)
    assert not any(thread.is_alive() for thread in background), "Background work did not end."


@pytest.fixture(autouse=True, scope="session")
def _flush_past_triggers() -> Iterator[None]:
    """Let both databases empty their tables after a test with transactions of its own.

    The triggers of issued documents, audit entries and seals refuse it. SQLite loses them for the
    flush and gets them back as they were; PostgreSQL ignores them in its transaction.
    """
    flush = BaseDatabaseOperations.execute_sql_flush

    def without_triggers(self: BaseDatabaseOperations, statements: list[str]) -> None:
        if self.connection.vendor != "sqlite":
            return flush(self, ["SET LOCAL session_replication_role = replica", *statements])
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
        off = [f'DROP TRIGGER "{name}"' for name, _ in triggers]
        return flush(self, [*off, *statements, *(sql for _, sql in triggers)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", without_triggers)
        yield


@pytest.fixture(autouse=True, scope="session")
def _database_has_our_clock() -> Iterator[None]:
    """Let the database's clock be the one that tests move."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jobs.runner.clock.database_time", timezone.now)
        yield


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """A file of SQLite as migrations leave it, to begin others with; None on PostgreSQL.

    Made once for all workers, with the copies of tests.tables beside it; TEST_TABLES names the file
    for tests that tests start. On PostgreSQL every new database has the tables from the start; see
    tests.postgres.
    """
    if connection.vendor != "sqlite":
        return None
    if given := os.environ.get("TEST_TABLES"):
        return Path(given)
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # the one that workers share
    finished, unfinished = folder / "tables", folder / "unfinished"
    with (folder / "tables.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            unfinished.mkdir(exist_ok=True)
            postgres.make_tables(f"sqlite:///{unfinished}/tables.sqlite3")
            unfinished.rename(finished)
    return finished / "tables.sqlite3"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tables: Path | None
) -> Iterator[None]:
    """Fill the SQLite database in memory from `tables`, so that no worker migrates its own."""
    name = connection.creation._get_test_db_name()
    if tables is None or not connection.creation.is_in_memory_db(name):
        yield
        return
    # A database in memory ends with its last connection.
    with closing(sqlite3.connect(name, uri=True)) as memory:
        with closing(sqlite3.connect(tables)) as file:
            file.backup(memory)
        yield


@pytest.fixture(autouse=True)
def _sweep_postgresql(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Vacuum PostgreSQL every few hundred tests, and after each one that wrote much.

    Rows that were rolled back stay in their tables, and every later query reads past them: after
    the bookings of a real hotel the server worked three times as long for the same tests.
    """
    tests = request.config.stash.setdefault(TESTS_SINCE_SWEEP, [0])
    if tests[0] >= TESTS_BETWEEN_SWEEPS and not connection.in_atomic_block:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("VACUUM")
        tests[0] = 0
    yield
    if connection.vendor == "postgresql" and uses_database(request.node):
        slow = request.node.get_closest_marker("slow") is not None
        tests[0] += TESTS_BETWEEN_SWEEPS if slow else 1


@pytest.fixture(autouse=True, scope="session")
def lock_inspector() -> Iterator[LockInspector]:
    """Inspect every locking statement of the whole run, whatever test runs it; PostgreSQL."""
    inspector = LockInspector()
    with inspector.installed():
        yield inspector


@pytest.fixture(autouse=True)
def _locks_obey_the_rule(lock_inspector: LockInspector) -> Iterator[None]:
    """Fail a test that ran a statement which locks joined tables, or takes locks out of order."""
    yield
    breaches = lock_inspector.take_breaches()
    assert not breaches, "\n".join(breaches)


@pytest.fixture(autouse=True)
def _numbers() -> None:
    """Name a test's objects the same whichever tests its process ran before."""
    restart_numbers()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A request leaves its language in the thread, as on a server until the next one comes."""
    with translation.override("en"):
        yield


@pytest.fixture
def now() -> datetime:
    """A summer morning: 2026-07-15 06:00 UTC, a Wednesday."""
    return datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


@pytest.fixture
def hotel(db: None) -> Hotel:
    """A hotel in Lisbon that counts in EUR."""
    return HotelFactory()


@pytest.fixture
def context(hotel: Hotel, now: datetime) -> JobContext:
    """What a service is given for `hotel` at `now`."""
    return JobContext(hotel=hotel, now=now)


@pytest.fixture
def queries_of() -> Callable[[Callable[[], Any]], int]:
    """Counts the queries of a call: `queries_of(lambda: service(context))`."""

    def count(call: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as captured:
            call()
        return len(captured)

    return count
