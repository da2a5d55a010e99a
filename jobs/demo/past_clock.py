"""A clock that shows times of the past, so that the jobs run in them as they ran then."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import monotonic

from django.utils import timezone

from jobs.runner import clock as engine_clock


class PastClock:
    """A running clock that can be moved forward."""

    def __init__(self, *, start: datetime) -> None:
        self._at, self._since = start, monotonic()

    def now(self) -> datetime:
        """The time that the clock shows."""
        return self._at + timedelta(seconds=monotonic() - self._since)

    def move_to(self, at: datetime) -> None:
        """Move the clock forward to `at`; it is not moved back."""
        self._at, self._since = max(at, self.now()), monotonic()


@contextmanager
def past_clock(*, start: datetime) -> Iterator[PastClock]:
    """Let this process and its database live in the past for the block, beginning at `start`.

    Every record of the engine then carries the time at which it would have been made. For a
    process that does nothing else: all its threads get this time.
    """
    clock = PastClock(start=start)
    real = timezone.now, engine_clock.database_time
    timezone.now = engine_clock.database_time = clock.now
    try:
        yield clock
    finally:
        timezone.now, engine_clock.database_time = real
