"""Worker locks: detect a dead worker before its lease expires (docs/adr/0007).

A worker holds a lock that its database session or its operating system releases the moment it
dies, however it dies: on PostgreSQL a session advisory lock, on SQLite a lock on a file beside the
database. The executions it claims carry the key of the lock. A worker is dead when its lock is
not held.
"""

import fcntl
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

CHECK_EVERY = 1.0  # seconds; each check is a query
# A key is a positive signed 64-bit number; PostgreSQL shows it in two halves of 32 bits.
_BITS = 63
# Without them the server would believe in a machine without power for two hours. The client has
# its own in the settings.
_KEEP_ALIVE = """
    SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
    SET tcp_user_timeout = 30000
"""
_HELD = """
    SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class WorkerLock:
    """A lock this process holds; `key` is None where there is none.

    A database in memory needs none, as it ends with its only process. A pooler that changes
    sessions allows none.
    """

    def __init__(self, *, key: int | None) -> None:
        self.key = key

    def renew(self) -> None:
        """Take the lock again if it was lost, so that a living worker is not taken for dead.

        Call before each claim, in any thread; asks the database at most every `CHECK_EVERY`
        seconds. Raises DatabaseError or InterfaceError if the database cannot be reached.
        """


class _SessionLock(WorkerLock):
    """A session advisory lock of PostgreSQL, which is lost if the connection is cut.

    It is a shared lock: a new session gets it while the server still believes in the old one.
    """

    def __init__(self, *, key: int) -> None:
        super().__init__(key=key)
        self._renewing = threading.Lock()
        self._session = self._locked_session()
        self._checked = time.monotonic()

    def renew(self) -> None:
        with self._renewing:
            if time.monotonic() - self._checked < CHECK_EVERY:
                return
            # What counts is what other workers see, so the server is asked, not our session.
            if dead_workers([self.key]):
                self._session.close()
                self._session = self._locked_session()
            self._checked = time.monotonic()

    def release(self) -> None:
        self._session.close()

    def _locked_session(self) -> BaseDatabaseWrapper:
        """A connection outside the pool: pooled ones change hands, and the lock is its own."""
        session = connection.copy()
        session.settings_dict["OPTIONS"].pop("pool", None)
        session.inc_thread_sharing()
        try:
            with session.cursor() as cursor:
                cursor.execute(_KEEP_ALIVE)
                cursor.execute("SELECT pg_advisory_lock_shared(%s)", [self.key])
        except BaseException:
            session.close()
            raise
        return session


@contextmanager
def hold_worker_lock() -> Iterator[WorkerLock]:
    """Hold a new lock for the block."""
    key = secrets.randbits(_BITS)
    if settings.TRANSACTION_POOLING:
        yield WorkerLock(key=None)
    elif connection.vendor == "postgresql":
        lock = _SessionLock(key=key)
        try:
            yield lock
        finally:
            lock.release()
    elif folder := _folder():
        with _locked_file(folder / str(key)):
            yield WorkerLock(key=key)
    else:
        yield WorkerLock(key=None)


def dead_workers(keys: Iterable[int | None]) -> set[int]:
    """The keys among `keys` whose worker is dead.

    Read the keys before this call: a worker takes its lock before it stores its key, so a key that
    was read had a lock.
    """
    wanted = {key for key in keys if key is not None}
    if not wanted:
        return set()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_HELD)
            return wanted - {row[0] for row in cursor.fetchall()}
    folder = _folder()
    return {key for key in wanted if _is_released(folder / str(key))} if folder else set()


def count_workers() -> int:
    """The number of workers that are alive; 0 for a database in memory."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_HELD)
            return len({row[0] for row in cursor.fetchall()})
    folder = _folder()
    files = list(folder.iterdir()) if folder is not None and folder.is_dir() else []
    return sum(not _is_released(file) for file in files)


def _folder() -> Path | None:
    """The folder of an SQLite database's lock files; None for a database in memory."""
    name = str(connection.settings_dict["NAME"])
    if name == ":memory:" or name.startswith("file:"):
        return None
    return Path(f"{name}-workers")


@contextmanager
def _locked_file(path: Path) -> Iterator[None]:
    try:
        path.parent.mkdir(exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise OperationalError(
            f"{error.strerror}: the lock files of workers in {path.parent} cannot be written"
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _is_released(path: Path) -> bool:
    """True if no process holds the file; a leftover file is deleted."""
    try:
        with path.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True
