"""Worker processes on one machine: started together, and again when one of them dies."""

import logging
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from hotels import tracing

# A process that ends sooner is started again with a pause, which doubles each time.
SHORT_LIFE = 10.0  # seconds
LONGEST_PAUSE = 30.0
_log = logging.getLogger(__name__)


class Supervisor:
    """Runs `work` in some processes until SIGTERM or SIGINT.

    `work` gets a file descriptor that is readable once this process has ended, and returns an exit
    code. It must stop at SIGTERM. This process must have no thread and no database connection.
    """

    def __init__(self, *, processes: int, work: Callable[[int], int]) -> None:
        self._wanted = processes
        self._work = work
        self._own_pid = os.getpid()
        self._started: dict[int, float] = {}  # by process
        self._short_lives = 0
        self._stopping = False
        self._parent, self._held = os.pipe()  # the second end is held open by this process alone

    def run(self) -> int:
        """Keep the processes running; returns 0 once all have stopped cleanly."""
        previous = {
            number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            for _ in range(self._wanted):
                self._start()
            failed = 0
            while self._started:
                pid, status = os.waitpid(-1, 0)
                code = os.waitstatus_to_exitcode(status)
                since = self._started.pop(pid, 0.0)
                if not self._stopping:
                    _log.warning(
                        "Worker process %s ended with code %s; another one starts.", pid, code
                    )
                    self._start_again(since=since)
                elif code not in (0, -signal.SIGTERM):
                    failed += 1
            return 1 if failed else 0
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _start_again(self, *, since: float) -> None:
        lived = time.monotonic() - since
        self._short_lives = self._short_lives + 1 if lived < SHORT_LIFE else 0
        pause = min(2.0 ** (self._short_lives - 1), LONGEST_PAUSE) if self._short_lives > 1 else 0
        self._start(pause=pause)

    def _start(self, *, pause: float = 0.0) -> None:
        if self._stopping:
            return
        pid = os.fork()
        if pid == 0:
            os._exit(self._child(pause))
        self._started[pid] = time.monotonic()
        self._pass_on_late_signal(pid)

    def _pass_on_late_signal(self, pid: int) -> None:
        """Stop a process that was started while the signal came."""
        if self._stopping:
            os.kill(pid, signal.SIGTERM)

    def _child(self, pause: float) -> int:
        """The life of a process; returns its exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.close(self._held)
        try:
            if select.select([self._parent], [], [], pause)[0]:
                return 0  # the supervisor has died
            return self._work(self._parent)
        except Exception as error:  # noqa: BLE001  the next process may do better
            traceback.print_exception(error)
            return 1
        finally:
            # No exit handler runs.
            tracing.flush()
            sys.stdout.flush()
            sys.stderr.flush()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        if os.getpid() != self._own_pid:
            os._exit(0)  # a child that has not yet its own handler
        self._stopping = True
        for pid in list(self._started):
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(pid, signal.SIGTERM)
