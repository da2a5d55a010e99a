"""Reports of a worker process: that it is alive, what it holds, and how fast it works."""

import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from hotels.worker_locks import WorkerLock
from jobs import runner
from jobs.models import WorkerProcess

BEAT = 10.0  # seconds from one report to the next
MINUTE = 60.0
# When the lease of an execution is over, the database rolls it back and its thread goes on; to
# store the failure it may wait a minute for the hotel. After this time it hangs.
GRACE = 90.0  # seconds
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Held:
    """The message in work. Without one nothing is reported, whatever was reported before."""

    message_id: int | None = None
    job_name: str = ""
    group_id: int | None = None
    threads: int = 0
    executions: int = 0
    since: float = 0.0  # monotonic


class Presence:
    """The row of this process. A thread renews it and the worker lock until `end` is called.

    Each report says all of it, so that one that failed is made up for by the next. If something
    that is watched hangs, `on_hang` is called and the process ends: nothing else ends a thread.
    """

    def __init__(self, *, lock: WorkerLock, concurrency: int, on_hang: Callable[[], None]) -> None:
        self._lock = lock
        self._concurrency = concurrency
        self._on_hang = on_hang
        self._limits: dict[object, float] = {}  # monotonic; of what is watched
        self._active = time.monotonic()
        self._row = 0
        self._held = _Held()
        self._draining = False
        self._done = 0
        self._recent: deque[float] = deque()  # when executions ended
        self._counting = threading.Lock()
        self._writing = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="presence", daemon=True)

    def begin(self) -> None:
        """Store the row, and renew it from now on."""
        self._write()
        self._thread.start()

    def end(self) -> None:
        """Delete the row."""
        self._ended.set()
        self._thread.join()
        try:
            WorkerProcess.objects.filter(pk=self._row).delete()
        except (DatabaseError, InterfaceError):
            return  # without its worker lock the row means nothing

    @property
    def key(self) -> int:
        """The key of the row of this process; 0 before it has begun."""
        return self._row

    def take(
        self, *, message_id: int, job_name: str, group_id: int | None, threads: int, held: int
    ) -> None:
        """Report that this process works a message. Raises DatabaseError or InterfaceError."""
        self._held = _Held(
            message_id=message_id,
            job_name=job_name,
            group_id=group_id,
            threads=threads,
            executions=held,
            since=time.monotonic(),
        )
        self._write()

    def release(self) -> None:
        """Report that this process holds nothing.

        Its message is done then, or free. If it cannot be reported now, the next report says it.
        """
        self._held = _Held()
        try:
            self._write()
        except (DatabaseError, InterfaceError):
            connection.close()

    def be_active(self) -> None:
        """Note that this process looked for messages, or began or ended something."""
        self._active = time.monotonic()

    @contextmanager
    def watch(self, *, limit: timedelta) -> Iterator[None]:
        """Let the process end if the block takes longer than `limit` and the grace."""
        key = object()
        self.be_active()
        self._limits[key] = time.monotonic() + limit.total_seconds()
        try:
            yield
        finally:
            del self._limits[key]
            self.be_active()

    def drain(self) -> None:
        """Report that this process is stopping. Raises DatabaseError or InterfaceError."""
        self._draining = True
        self._write()

    def count(self) -> None:
        """Count an execution that ended."""
        with self._counting:
            self._done += 1
            self._recent.append(time.monotonic())

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            self._end_if_hanging()
            try:
                self._lock.renew()
                self._write()
                self._close_unrecorded()
            except (DatabaseError, InterfaceError):
                _log.warning("The worker could not report that it is alive.", exc_info=True)
            finally:
                connection.close()

    def _close_unrecorded(self) -> None:
        """Close what this process could not record, while it holds nothing and takes nothing."""
        with self._writing:
            if self._held.message_id is None and self._lock.key is not None:
                runner.close_unrecorded(worker=self._lock.key)

    def _end_if_hanging(self) -> None:
        """Begin nothing more if something hangs; end when the rest is done, or after the grace."""
        limits = list(self._limits.values())
        now = time.monotonic()
        hanging = [limit for limit in limits if now - limit > GRACE]
        if not hanging:
            return
        _log.error("%s of %s hang in this worker: it stops.", len(hanging), len(limits))
        self._draining = True
        self._on_hang()
        if len(hanging) == len(limits) or now - min(hanging) > 2 * GRACE:
            os._exit(1)  # the supervisor starts another one, and the tick retries what this held

    def _write(self) -> None:
        with self._writing:
            columns = self._columns()
            if WorkerProcess.objects.filter(pk=self._row).update(**columns):
                return
            # The first time, or after another process deleted it.
            row = WorkerProcess.objects.create(
                host=socket.gethostname()[:200],
                pid=os.getpid(),
                key=self._lock.key,
                concurrency=self._concurrency,
            )
            self._row = row.pk
            WorkerProcess.objects.filter(pk=row.pk).update(**columns)

    def _columns(self) -> dict[str, Any]:
        """All that this process reports now; times are by the clock of the database."""
        held, now = self._held, time.monotonic()
        with self._counting:
            while self._recent and self._recent[0] < now - MINUTE:
                self._recent.popleft()
            done, per_minute = self._done, len(self._recent)
        return {
            "message_id": held.message_id,
            "job_name": held.job_name,
            "group_id": held.group_id,
            "threads": held.threads,
            "held": held.executions,
            "taken_at": None if held.message_id is None else _ago(now - held.since),
            "done": done,
            "per_minute": per_minute,
            "draining": self._draining,
            "active_at": _ago(now - self._active),
            "seen_at": Now(),
        }


def _ago(seconds: float) -> CombinedExpression:
    return Now() - timedelta(seconds=seconds)
