"""Telling a dead worker from a slow one, without waiting for its lease.

A worker holds a lock that its operating system or its database session gives up the moment it
dies, however it dies: on PostgreSQL a session advisory lock, on SQLite a lock on a file beside the
database. Its key stands on the executions it claims. Whose lock nobody holds is dead.
"""

import fcntl
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

# A key is a positive signed 64-bit number; PostgreSQL shows it in two halves of 32 bits.
_BITS = 63
_HELD = """
    SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@contextmanager
def hold_worker_lock() -> Iterator[int | None]:
    """Hold a lock for the duration of the block; its key, or None where nothing can be held.

    A database in memory lives and dies with its only process: nothing can be told there.
    """
    key = secrets.randbits(_BITS)
    if connection.vendor == "postgresql":
        session = _session()
        try:
            with session.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [key])
            yield key
        finally:
            session.close()
    elif folder := _folder():
        with _locked_file(folder / str(key)):
            yield key
    else:
        yield None


def dead_workers(keys: Iterable[int | None]) -> set[int]:
    """Those of the keys whose worker is gone. Keys must have been read before this is called.

    A worker takes its lock before it writes its key: a key that was read had its lock.
    """
    asked = {key for key in keys if key is not None}
    if not asked:
        return set()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_HELD)
            return asked - {row[0] for row in cursor.fetchall()}
    folder = _folder()
    return {key for key in asked if _given_up(folder / str(key))} if folder else set()


def _session() -> BaseDatabaseWrapper:
    """A connection of its own: the pool hands the others round, and a session lock stays put."""
    session = connection.copy()
    session.settings_dict["OPTIONS"].pop("pool", None)
    return session


def _folder() -> Path | None:
    """Where the locks of an SQLite database are; None for one in memory."""
    name = str(connection.settings_dict["NAME"])
    if name == ":memory:" or name.startswith("file:"):
        return None
    return Path(f"{name}-workers")


@contextmanager
def _locked_file(path: Path) -> Iterator[None]:
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _given_up(path: Path) -> bool:
    """Whether nobody holds the file; one that is left over is cleared away."""
    try:
        with path.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True
