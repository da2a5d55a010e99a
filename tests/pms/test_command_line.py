"""A database that cannot be worked with: one sentence that says why, exit code 2."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pms.serving import unused_port

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]


def jobs(url: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py jobs` in a process of its own on another database."""
    return subprocess.run(
        [sys.executable, "manage.py", "jobs", *options],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "SECRET_KEY": "x" * 50, "DATABASE_URL": url} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_tables_that_were_never_made_are_told_with_what_makes_them(tmp_path: Path) -> None:
    done = jobs(f"sqlite:///{tmp_path}/new.sqlite3")

    assert done.returncode == 2
    assert done.stderr == (
        "Database error: no such table: jobs_jobexecution; run manage.py migrate.\n"
    )


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear guest, " * 100)

    done = jobs(f"sqlite:///{tmp_path}/letter.txt")
    assert (done.returncode, done.stderr) == (2, "Database error: file is not a database\n")


def test_the_traceback_is_shown_to_who_asks_for_it(tmp_path: Path) -> None:
    done = jobs(f"sqlite:///{tmp_path}/new.sqlite3", "--traceback")

    assert "Traceback" in done.stderr


@pytest.mark.network
def test_a_server_that_is_not_reached_is_told_with_the_reason() -> None:
    # The settings of production would try again for ten seconds.
    impatient = {"DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_POOL_TIMEOUT": "1"}

    with unused_port() as port:
        done = jobs(f"postgres://ana@127.0.0.1:{port}/hotels", **impatient)

    assert done.returncode == 2
    assert done.stderr.startswith("Database error: ")
    assert done.stderr.rstrip().endswith("Connection refused")
    assert len(done.stderr.splitlines()) == 1
