"""Limits of a PostgreSQL session, which end the locks of a process that hangs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection

from hotels.database_errors import ReadOnlyDatabase
from hotels.prepared import prepared_cursor

LONGEST_LOCK_WAIT = timedelta(minutes=1)
# For a lock on one hotel while all others wait. A user's save takes less.
LOCK_PATIENCE = timedelta(seconds=2)
# A process that hangs in a transaction of the engine, such as one that holds the lock of all ticks.
LONGEST_PAUSE = timedelta(minutes=5)
NO_LIMIT = timedelta()
_IN_ERROR = 3  # PQTRANS_INERROR of libpq
# Without keepalives the server would believe in a machine without power for two hours, and keep
# the locks of its transaction.
_LIMITS = """
    SELECT set_config('idle_in_transaction_session_timeout', %(idle)s, true),
        set_config('statement_timeout', %(statement)s, true),
        set_config('lock_timeout', %(lock)s, true),
        set_config('tcp_keepalives_idle', '10', true),
        set_config('tcp_keepalives_interval', '5', true),
        set_config('tcp_keepalives_count', '3', true),
        set_config('tcp_user_timeout', '30000', true),
        current_setting('transaction_read_only')
"""
_SET_LOCK_WAIT = "SELECT set_config('lock_timeout', %s, true)"


def limit_session(
    *,
    idle: timedelta | None = None,
    statement: timedelta = NO_LIMIT,
    lock: timedelta | None = None,
) -> None:
    """Let PostgreSQL end a session that keeps its transaction open; until the transaction ends.

    A client that says nothing for `idle`, by default `LONGEST_PAUSE`, loses its session, and with
    it the locks others wait for. A statement is ended after `statement`, and after `lock`, by
    default `LONGEST_LOCK_WAIT`, if it waits for a lock; without limits there it may wait. Raises
    ReadOnlyDatabase on a standby, say: what the transaction would write cannot be written.
    """
    if connection.vendor != "postgresql":
        return
    limits = {
        "idle": LONGEST_PAUSE if idle is None else idle,
        "statement": statement,
        "lock": min(statement, LONGEST_LOCK_WAIT) if lock is None else lock,
    }
    with prepared_cursor() as cursor:
        cursor.execute(_LIMITS, {name: _milliseconds(span) for name, span in limits.items()})
        *_, is_read_only = cursor.fetchone()
    if is_read_only == "on":
        raise ReadOnlyDatabase


@contextmanager
def before_first_statement(
    limit: Callable[[], None], *, again: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Call `limit` before the first statement of the block, and before another if `again` says so.

    Without a statement there is nothing to limit: PostgreSQL begins the transaction with the first
    one. On SQLite `limit` would do nothing.
    """
    if connection.vendor != "postgresql":
        yield
        return
    is_limited = False

    def execute_limited(execute: Callable[..., Any], *statement: Any) -> Any:
        nonlocal is_limited
        if not is_limited or (again() and not _has_failed()):
            is_limited = True
            limit()
        return execute(*statement)

    with connection.execute_wrapper(execute_limited):
        yield


def _has_failed() -> bool:
    """True if the transaction takes nothing but a rollback."""
    session: Any = connection.connection
    return session is None or session.info.transaction_status == _IN_ERROR


@contextmanager
def limit_lock_wait(longest: timedelta) -> Iterator[None]:
    """End statements of the block that wait longer for a lock; the limit before holds afterwards.

    After an error the rollback restores it, so enter a transaction or savepoint first. PostgreSQL.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute(_SET_LOCK_WAIT, [_milliseconds(longest)])
    yield
    with connection.cursor() as cursor:
        cursor.execute(_SET_LOCK_WAIT, [before])


def _milliseconds(span: timedelta) -> str:
    return str(span // timedelta(milliseconds=1))
