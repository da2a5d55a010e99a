"""Reading lists and statistics from a read replica that has all that was committed before.

The setting DATABASE_REPLICA_URL names a streaming standby of PostgreSQL. Before each read the
primary is asked how far its log is on the disk, and the replica how far it has replayed that log:
a user who has just pressed a button sees its effect. If the replica is late or fails, and in a
transaction, the primary answers.
"""

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connection, connections

ALIAS = "replica"
PATIENCE = 0.1  # seconds for which a reader waits for the replica
REST = 5.0  # seconds for which a replica that is late or away is left alone
_PAUSE = 0.005  # seconds from one look to the next
_WRITTEN = "SELECT pg_current_wal_flush_lsn()::text"
# NULL of a server that follows none.
_REPLAYED = """
    SELECT CASE WHEN pg_is_in_recovery()
        THEN coalesce(pg_last_wal_replay_lsn() >= %s::pg_lsn, false) END
"""
_log = logging.getLogger(__name__)
_rests_until = 0.0  # monotonic
_reads_from: ContextVar[str] = ContextVar("reads_from", default=DEFAULT_DB_ALIAS)

T = TypeVar("T")


class Router:
    """Sends the queries of `read` to the database it chose, and all others to the primary."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        """The alias to read from: afterwards the primary, also for what the replica returned."""
        return _reads_from.get()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """The primary, also for an object that was read from the replica."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """True: both databases have the same rows."""
        return True


def read(reading: Callable[[], T]) -> T:
    """Call `reading` so that its queries of models go to the replica; returns what it returns.

    It must write nothing and evaluate all its queries. If the replica may not answer, or fails
    meanwhile, the primary answers.
    """
    if not _may_be_asked() or not _is_caught_up():
        return reading()
    try:
        return _from(ALIAS, reading)
    except (DatabaseError, InterfaceError) as error:
        # A replica ends queries that keep it from going on.
        _leave_alone(f"failed: {error}")
        return reading()


def _from(alias: str, reading: Callable[[], T]) -> T:
    chosen = _reads_from.set(alias)
    try:
        return reading()
    finally:
        _reads_from.reset(chosen)


def _may_be_asked() -> bool:
    """True if there is a replica that was not late a moment ago, and no transaction is open."""
    is_known = ALIAS in settings.DATABASES and not connection.in_atomic_block
    return is_known and time.monotonic() >= _rests_until


def _is_caught_up() -> bool:
    """True once the replica has what the primary had on its disk at this moment.

    Raises DatabaseError or InterfaceError if the primary cannot be reached.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN)
        (written,) = cursor.fetchone()
    end = time.monotonic() + PATIENCE
    try:
        while not (replayed := _has_replayed(written)):
            if replayed is None:
                _leave_alone("is no standby")
                return False
            if time.monotonic() > end:
                _leave_alone("is late")
                return False
            time.sleep(_PAUSE)
    except (DatabaseError, InterfaceError) as error:
        _leave_alone(f"cannot be asked: {error}")
        return False
    return True


def _has_replayed(position: str) -> bool | None:
    """True if the replica has the log up to `position`; None if it is no standby."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_REPLAYED, [position])
        found: bool | None = cursor.fetchone()[0]
        return found


def _leave_alone(reason: str) -> None:
    global _rests_until
    _rests_until = time.monotonic() + REST
    connections[ALIAS].close()
    _log.warning("The read replica %s; the primary answers.", reason.splitlines()[0])
