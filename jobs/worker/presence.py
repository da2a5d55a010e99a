"""Reports of a worker process: that it is alive, what it holds, and how fast it works."""

import logging
import os
import socket
import threading
import time
from collections import deque
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.db.models.functions import Now

from hotels.worker_locks import WorkerLock
from jobs.models import WorkerProcess

BEAT = 10.0  # seconds from one report to the next
MINUTE = 60.0
_log = logging.getLogger(__name__)


class Presence:
    """The row of this process. A thread renews it and the worker lock until `end` is called."""

    def __init__(self, *, lock: WorkerLock, concurrency: int) -> None:
        self._lock = lock
        self._concurrency = concurrency
        self._row = 0
        self._done = 0
        self._recent: deque[float] = deque()  # when executions ended
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

    def take(self, *, message_id: int, job_name: str, held: int) -> None:
        """Report that this process works a message. Raises DatabaseError or InterfaceError."""
        taken = {"message_id": message_id, "job_name": job_name, "held": held}
        self._write(**taken, taken_at=Now())

    def release(self) -> None:
        """Report that this process holds no executions. Raises DatabaseError or InterfaceError.

        The message is still its own: it is about to be deleted.
        """
        self._write(job_name="", held=0, taken_at=None)

    def drain(self) -> None:
        """Report that this process is stopping. Raises DatabaseError or InterfaceError."""
        self._write(draining=True)

    def count(self) -> None:
        """Count an execution that ended."""
        with self._writing:
            self._done += 1
            self._recent.append(time.monotonic())

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            try:
                self._lock.renew()
                self._write()
            except (DatabaseError, InterfaceError):
                _log.warning("The worker could not report that it is alive.", exc_info=True)
            finally:
                connection.close()

    def _write(self, **columns: Any) -> None:
        with self._writing:
            while self._recent and self._recent[0] < time.monotonic() - MINUTE:
                self._recent.popleft()
            columns |= {"done": self._done, "per_minute": len(self._recent), "seen_at": Now()}
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
