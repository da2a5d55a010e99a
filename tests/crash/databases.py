"""Separate databases for tests whose workers are processes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.db import connection


def python(module: str, url: str, *arguments: str, **environment: str) -> str:
    """Run a module of the tests on a database and return its output."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=os.environ | {"DATABASE_URL": url, "SECRET_KEY": "of-the-crash-test" * 4} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Databases:
    """Databases of the crash tests: one called `books`, and copies of it.

    A new database has all tables. On SQLite it is a copy of the file `tables`; without that file
    it is empty until it is migrated.
    """

    def __init__(
        self, folder: Path, *, tables: Path | None = None, vendor: str | None = None
    ) -> None:
        self._folder = folder
        self._tables = tables
        self._files = (vendor or connection.vendor) == "sqlite"
        self._made: list[str] = []

    def url(self, name: str) -> str:
        """Create a database and return its URL."""
        if self._files:
            if self._tables:
                shutil.copy(self._tables, self._folder / f"{name}.sqlite3")
            return f"sqlite:///{self._folder / name}.sqlite3"
        return self._create(name, template="template1")

    def copy(self, name: str) -> str:
        """Copy the database `books` and return the URL of the copy."""
        if self._files:
            shutil.copy(self._folder / "books.sqlite3", self._folder / f"{name}.sqlite3")
            return f"sqlite:///{self._folder / name}.sqlite3"
        return self._create(name, template=self._own("books"))

    def drop(self) -> None:
        """Delete the databases created on a server."""
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
