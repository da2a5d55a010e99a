"""Collect what is logged while an execution runs, in its thread (settings, LOGGING).

Knows nothing of models: logging is set up before there are any.
"""

import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MOST_LINES = 200
MOST_CHARACTERS = 64 * 1024
_CUT = "[earlier lines were left out]"


class CollectedLog:
    """The last lines that were logged while an execution ran."""

    def __init__(self, *, execution_id: int) -> None:
        self.execution_id = execution_id
        self._lines: deque[str] = deque()
        self._characters = 0
        self._cut = False

    def take(self, text: str) -> None:
        """Add the lines of a record; the first ones are left out when there are too many."""
        for line in text.splitlines():
            self._lines.append(line[:MOST_CHARACTERS])
            self._characters += len(self._lines[-1]) + 1
            while len(self._lines) > MOST_LINES or self._characters > MOST_CHARACTERS:
                self._characters -= len(self._lines.popleft()) + 1
                self._cut = True

    @property
    def text(self) -> str:
        """The lines, as a database can store them."""
        text = "\n".join([_CUT, *self._lines] if self._cut else self._lines)
        return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


_current: ContextVar[CollectedLog | None] = ContextVar("execution_log", default=None)


@contextmanager
def collected(*, execution_id: int) -> Iterator[CollectedLog]:
    """Collect what this thread logs within the block."""
    log = CollectedLog(execution_id=execution_id)
    token = _current.set(log)
    try:
        yield log
    finally:
        _current.reset(token)


def current_execution() -> int | None:
    """The key of the execution that runs in this thread; None if there is none."""
    log = _current.get()
    return log.execution_id if log else None


class CollectingHandler(logging.Handler):
    """Adds records to the log of the execution that runs in this thread."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(_formatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Collect a record; one outside an execution is ignored."""
        log = _current.get()
        if log is None:
            return
        try:
            log.take(self.format(record))
        except Exception:  # noqa: BLE001  a message that cannot be formatted stops no work
            self.handleError(record)


def _formatter() -> logging.Formatter:
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    formatter.converter = time.gmtime
    return formatter
