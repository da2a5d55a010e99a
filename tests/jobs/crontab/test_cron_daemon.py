"""Debian's own cron: what it accepts, and that its daemon really runs a job."""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from jobs.crontab.lines import schedule_problem
from tests.jobs import checkout
from tests.waiting import wait_until

pytestmark = pytest.mark.cron

PROCESS = Path("/run/crond.pid")
NEEDED = "is missing on this machine: install Debian's package cron (apt-get install cron)."
values = st.sampled_from(
    ["0", "1", "5", "7", "12", "31", "59", "60", "jan", "MON", "*", "L", "?", "5L", "5#2"]
)
parts = st.one_of(
    values,
    st.builds("{}-{}".format, values, values),
    st.builds("{}/{}".format, values, values),
    st.builds("{}-{}/{}".format, values, values, values),
)
fields = st.one_of(parts, st.builds("{},{}".format, parts, parts))
schedules = st.lists(fields, min_size=5, max_size=5).map(" ".join)


def program(name: str) -> str:
    """Where cron or crontab is; a test that needs it fails without, it is never skipped."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.fail(f"{name} {NEEDED}")
    return found


def crontab(*arguments: str, table: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [program("crontab"), *arguments], input=table, capture_output=True, check=False
    )


@pytest.fixture
def the_crontab() -> Iterator[None]:
    """This person's crontab for one test at a time, and afterwards as it was."""
    name = f"hotel-back-office-cron-{os.getuid()}.lock"
    with Path(tempfile.gettempdir(), name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = crontab("-l")
        yield
        if before.returncode:
            crontab("-r")
        else:
            crontab("-", table=before.stdout)


@pytest.fixture
def the_daemon(the_crontab: None) -> Iterator[None]:
    """The machine's cron daemon, or one started for the test."""
    if any(comm.read_text() == "cron\n" for comm in _alive()):
        yield
        return
    with subprocess.Popen([program("cron"), "-f"], stderr=subprocess.PIPE, text=True) as daemon:
        try:
            wait_until(
                lambda: _process_of_the_daemon() == daemon.pid or daemon.poll() is not None,
                what="the cron daemon has started",
            )
            if daemon.poll() is not None:
                _, said = daemon.communicate()
                pytest.fail(f"No cron daemon runs and none can be started: {said.strip()}")
            yield
        finally:
            daemon.terminate()


def _process_of_the_daemon() -> int | None:
    """The process id that cron writes down when it is ready; None where none has."""
    text = PROCESS.read_text().strip() if PROCESS.exists() else ""
    return int(text) if text else None


def _alive() -> Iterator[Path]:
    for comm in Path("/proc").glob("[0-9]*/comm"):
        if comm.exists():
            yield comm


def executions(database: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(database)) as books:
        return books.execute(
            "select status, trigger from jobs_jobexecution where job_name = 'beat-each-minute'"
        ).fetchall()


@pytest.mark.slow
def test_debians_cron_daemon_runs_a_job(
    the_daemon: None, tmp_path: Path, tables: Path | None
) -> None:
    before = crontab("-l").stdout
    copy = checkout.make(tmp_path / "50% off # one", database=tmp_path / "books.sqlite3")
    create = "from hotels.models import Hotel; Hotel.objects.create(code='one', name='One')"
    if tables:
        shutil.copy(tables, copy.database)
    assert copy.manage("migrate").returncode == 0
    assert copy.manage("shell", "--command", create).returncode == 0

    installed = copy.manage("install_crontab")
    log = copy.folder / "var/log/beat_each_minute.log"
    wait_until(
        lambda: log.exists() and "finished with" in log.read_text(),
        what="the daemon, which looks once a minute, has run the line",
    )
    removed = copy.manage("install_crontab", "--remove")

    assert installed.returncode == 0, installed.stderr
    assert "beat_each_minute finished with exit code 0" in log.read_text()
    assert ("COMPLETED", "CRON") in executions(copy.database)
    assert removed.returncode == 0, removed.stderr
    assert crontab("-l").stdout == before


@hypothesis_settings(max_examples=20)
@given(st.lists(schedules, min_size=50, max_size=200))
def test_debians_cron_accepts_every_schedule_the_check_accepts(candidates: list[str]) -> None:
    accepted = [schedule for schedule in candidates if schedule_problem(schedule) is None]
    table = "".join(f"{schedule} /bin/true\n" for schedule in accepted)

    with tempfile.NamedTemporaryFile("w") as file:
        file.write(table)
        file.flush()
        done = crontab("-n", file.name)

    assert done.returncode == 0, done.stderr
