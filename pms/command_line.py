"""The command line: Django's, with one sentence where the database cannot be worked with.

What a person typed is the commands' to judge; a server that is down, a file that is no database or
tables that were never made stop any of them, and are told here, once.
"""

import logging
import sys
from collections.abc import Sequence
from typing import Any

from django.core.management import execute_from_command_line
from django.db import DatabaseError, OperationalError, connection

UNUSABLE = 2
PATIENCE = 5  # seconds
# Undefined table and undefined column, of the SQL standard's classes in PostgreSQL.
_NO_TABLES = ("42P01", "42703")
_NO_TABLES_IN_SQLITE = ("no such table", "no such column")


def run(argv: Sequence[str]) -> None:
    """Run a command; `--traceback` shows where a database's error came from."""
    # A pool tells every attempt to connect as it fails; of a command the end of it is enough.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    try:
        execute_from_command_line(list(argv))
    except DatabaseError as error:
        if "--traceback" in argv or not _about_the_database(error):
            raise
        sys.stderr.write(f"Database error: {in_words(error)}\n")
        raise SystemExit(UNUSABLE) from None


def in_words(error: DatabaseError) -> str:
    """One line that says what is wrong with the database, and what to do where that is known."""
    said = _first_line(error)
    if _tables_missing(error):
        return f"{said}; run manage.py migrate."
    return _why_not_connected() or said


def _about_the_database(error: DatabaseError) -> bool:
    """Whether it lies with the database: a broken rule or a wrong statement is a fault of ours."""
    return type(error) in (OperationalError, DatabaseError) or _tables_missing(error)


def _tables_missing(error: DatabaseError) -> bool:
    code = getattr(error.__cause__, "sqlstate", None)
    return code in _NO_TABLES or _first_line(error).startswith(_NO_TABLES_IN_SQLITE)


def _why_not_connected() -> str | None:
    """The reason itself: a pool only knows that it waited in vain. None where one gets through."""
    if connection.vendor != "postgresql":
        return None
    driver: Any = connection.Database  # type: ignore[attr-defined]  # the stubs leave it out
    try:
        asked = {"connect_timeout": PATIENCE} | connection.get_connection_params()
        driver.connect(**asked).close()
    except driver.Error as error:
        return _first_line(error)
    return None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
