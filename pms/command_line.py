"""The command line, which reports an unusable database in one sentence.

Commands check their own arguments. A server that does not answer, a file that is no database, a
read-only database and missing tables can stop any command, so they are handled here.
"""

import gc
import logging
import sys
from collections.abc import Sequence
from typing import Any

from django.core.management import BaseCommand, ManagementUtility
from django.db import DatabaseError, OperationalError, connection

from hotels.database_errors import READ_ONLY, is_read_only

DATABASE_UNUSABLE = 2
CONNECT_TIMEOUT = 5  # seconds
# SQLSTATE codes of PostgreSQL: undefined table, undefined column.
_MISSING_TABLE = ("42P01", "42703")
_MISSING_TABLE_IN_SQLITE = ("no such table", "no such column")


def execute(argv: Sequence[str]) -> None:
    """Run a command. Exits with code 2 and one sentence when the database is unusable.

    `--traceback` shows the traceback of the database error instead.
    """
    # The pool logs every failed attempt to connect; the final error is enough for a command.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    try:
        _CommandLine(list(argv)).execute()
    except DatabaseError as error:
        if "--traceback" in argv or not _is_database_unusable(error):
            raise
        sys.stderr.write(f"Database error: {explain(error)}\n")
        raise SystemExit(DATABASE_UNUSABLE) from None


class _CommandLine(ManagementUtility):
    def fetch_command(self, subcommand: str) -> BaseCommand:
        """Import a command; from then on garbage is searched for among new objects only."""
        command = super().fetch_command(subcommand)
        gc.freeze()
        gc.enable()
        return command


def explain(error: DatabaseError) -> str:
    """Return one line: the cause of the error, and what to do if tables are missing."""
    if is_read_only(error):
        return f"{READ_ONLY[0].lower()}{READ_ONLY[1:]}"
    message = _first_line(error)
    if _is_table_missing(error):
        return f"{message}; run manage.py migrate."
    return _connection_error() or message


def _is_database_unusable(error: DatabaseError) -> bool:
    """Return False for errors of this program, such as a violated constraint or wrong SQL."""
    unusable = isinstance(error, OperationalError) or type(error) is DatabaseError
    return unusable or is_read_only(error) or _is_table_missing(error)


def _is_table_missing(error: DatabaseError) -> bool:
    code = getattr(error.__cause__, "sqlstate", None)
    return code in _MISSING_TABLE or _first_line(error).startswith(_MISSING_TABLE_IN_SQLITE)


def _connection_error() -> str | None:
    """Connect to PostgreSQL without the pool and return the error; None on success.

    The pool's own error says only that it timed out.
    """
    if connection.vendor != "postgresql":
        return None
    driver: Any = connection.Database  # type: ignore[attr-defined]  # missing in the stubs
    try:
        parameters = {"connect_timeout": CONNECT_TIMEOUT} | connection.get_connection_params()
        driver.connect(**parameters).close()
    except driver.Error as error:
        return _first_line(error)
    return None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
