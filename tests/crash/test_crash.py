"""Workers killed at random instants: the books of the morning are those of a quiet night."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

DAYS, KILLS = 2, 20


def night(url: str, *arguments: str) -> str:
    """Run `tests.crash.night` on a database; its output."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.night", *arguments],
        env=os.environ | {"DATABASE_URL": url, "SECRET_KEY": "of-the-crash-test" * 4},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Databases:
    """Databases of the crash test: one with the books, copies of it to live the nights in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: list[str] = []

    def url(self, name: str) -> str:
        """A new database."""
        if connection.vendor == "sqlite":
            return f"sqlite:///{self._folder / name}.sqlite3"
        return self._create(name, template="template1")

    def copy(self, name: str) -> str:
        """A new database with the books of the one called `books`."""
        if connection.vendor == "sqlite":
            shutil.copy(self._folder / "books.sqlite3", self._folder / f"{name}.sqlite3")
            return f"sqlite:///{self._folder / name}.sqlite3"
        return self._create(name, template=self._own("books"))

    def drop(self) -> None:
        """Away with what was made on a server."""
        for name in self._made:
            self._do(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _own(self, name: str) -> str:
        return f"crash_{os.getpid()}_{name}"

    def _create(self, name: str, *, template: str) -> str:
        own = self._own(name)
        self._do(f'CREATE DATABASE "{own}" TEMPLATE "{template}"')
        self._made.append(own)
        return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{own}").geturl()

    def _do(self, statement: str) -> None:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
            server.execute(statement)  # type: ignore[call-overload]


@pytest.fixture
def databases(tmp_path: Path) -> Any:
    made = Databases(tmp_path)
    yield made
    made.drop()


@pytest.mark.network
def test_after_workers_were_killed_the_books_are_those_of_a_quiet_night(
    databases: Databases, tmp_path: Path
) -> None:
    night(databases.url("books"), "build")
    disturbed, quiet = databases.copy("disturbed"), databases.copy("quiet")

    counts = json.loads(night(disturbed, "live", str(DAYS), str(KILLS), "1"))
    night(quiet, "live", str(DAYS), "0", "1")

    night(disturbed, "tell", str(tmp_path / "disturbed.json"))
    night(quiet, "tell", str(tmp_path / "quiet.json"))
    after = json.loads((tmp_path / "disturbed.json").read_text())
    expected = json.loads((tmp_path / "quiet.json").read_text())
    assert counts["killed"] == KILLS
    assert after["books"] == expected["books"]
    assert after["ends"] == expected["ends"]
    assert (after["unfinished"], after["gaps"]) == (0, [])
    assert after["slots"] == len(after["ends"])
