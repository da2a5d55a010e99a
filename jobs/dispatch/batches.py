"""A batch: executions that one thread holds and works one after the other (docs/adr/0035).

So long as each takes milliseconds, they share a claim, and those without effects a completion. If
one takes longer, a watcher says that it has begun and gives the others back.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

from jobs import runner
from jobs.models import JobExecution
from jobs.runner import Outcome, Turn

# The most executions in a batch: more would save little, and a killed worker would do more again.
MOST_HELD = 16
# A batch is made as large as takes about this long.
BATCH_TIME = 0.2  # seconds
# An execution that takes longer is known to have begun, and holds no others.
SLOW = 0.25  # seconds
LOOK_EVERY = 0.1  # seconds
_log = logging.getLogger(__name__)


class Batch:
    """The turns of one thread. What it changes is guarded, as the watcher changes it too."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._waiting = deque(turns)
        self._current: Turn | None = None
        self._began = 0.0  # monotonic
        self._ended: list[Turn] = []
        self._outcomes: list[Outcome] = []
        self._lock = threading.Lock()
        self._settling = threading.Lock()
        self.relieving = threading.Lock()  # held by the watcher while it gives turns back

    def begin_next(self) -> Turn | None:
        """Begin the next turn; None if none is left, or the hold is about to be over."""
        with self._lock:
            if not self._waiting or not self._waiting[0].may_begin:
                return None
            turn = self._current = self._waiting.popleft()
            self._began = time.monotonic()
            turn.begin()
            return turn

    def end(self, turn: Turn, outcome: Outcome) -> None:
        """Keep the outcome of a turn until it is stored, if it is not stored yet."""
        with self._lock:
            self._current = None
            if turn.ended is None:
                self._outcomes.append(outcome)
            else:
                self._ended.append(turn)

    def settle(self) -> None:
        """Store the outcomes without effects; raises DatabaseError or InterfaceError."""
        with self._settling:
            with self._lock:
                ended = list(self._ended)
            if ended:
                stored = runner.end_together(ended)
                with self._lock:
                    self._outcomes += stored
                    self._ended = self._ended[len(ended) :]

    def take_outcomes(self) -> tuple[list[Outcome], list[Turn]]:
        """The outcomes so far, and the turns whose outcome could not be stored."""
        with self._lock:
            return self._outcomes, self._ended

    def take_rest(self) -> list[Turn]:
        """The turns that were not begun; the batch has none of them any more."""
        with self._lock:
            rest = list(self._waiting)
            self._waiting.clear()
            return rest

    def slow_turn(self) -> Turn | None:
        """The turn at work if it is slow and its row doesn't say that it has begun."""
        with self._lock:
            turn = self._current
            is_slow = turn is not None and time.monotonic() - self._began > SLOW
            return turn if turn is not None and is_slow and not turn.is_marked else None


class Watcher:
    """A thread that looks after the batches of the others; it starts with the first batch.

    `on_given_back` gets the executions that are PENDING again because another one is slow.
    """

    def __init__(self, *, on_given_back: Callable[[Sequence[JobExecution]], None]) -> None:
        self._on_given_back = on_given_back
        self._batches: set[Batch] = set()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    @contextmanager
    def watch(self, batch: Batch) -> Iterator[None]:
        """Look after a batch within the block; afterwards all that is given back has arrived."""
        self._start()
        self._batches.add(batch)
        try:
            yield
        finally:
            self._batches.discard(batch)
            with batch.relieving:
                pass

    def end(self) -> None:
        """End the thread."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="batches", daemon=True)
                self._thread.start()

    def _look(self) -> None:
        while not self._ended.wait(LOOK_EVERY):
            slow = [(batch, batch.slow_turn()) for batch in list(self._batches)]
            try:
                for batch, turn in slow:
                    if turn is not None:
                        self._relieve(batch, turn)
            except Exception as error:  # noqa: BLE001  the other batches are still looked after
                # It is marked as soon as the database is back: one line is enough.
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                _log.warning("A slow execution could not be marked as begun: %s", reason)
            finally:
                if any(turn is not None for _, turn in slow):
                    connection.close()

    def _relieve(self, batch: Batch, turn: Turn) -> None:
        with batch.relieving:
            if batch not in self._batches:
                return  # its thread gives back what is left
            runner.mark_begun(turn)
            rest = batch.take_rest()
            if rest:
                runner.give_back(rest)
                self._on_given_back([each.execution for each in rest])
            batch.settle()  # last: if it fails, the thread of the batch tries it again
