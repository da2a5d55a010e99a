"""The hours of a hotel's day that suit a job, and the rhythm a hotel needs it in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotels.models import Hotel

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class LocalHours:
    """The local hours that suit a job: `length` from `start` on; without `start`, from day close.

    `best` is the delay after the start at which the job should run. It is at least an hour, so that
    a clock change never moves the run out of the hours. Raises ValueError for a `best` that is not
    within the hours, or hours longer than a day.
    """

    start: time | None = None
    length: timedelta
    best: timedelta

    def __post_init__(self) -> None:
        if not timedelta(hours=1) <= self.best < self.length <= _DAY:
            raise ValueError(
                f"the best delay {self.best} must be at least 1:00:00 and within {self.length}"
            )

    def first(self, *, day_close: time) -> time:
        """The local time at which the hours begin."""
        return day_close if self.start is None else self.start

    def end(self, *, day_close: time) -> time:
        """The local time at which the hours are over."""
        return _later(self.first(day_close=day_close), self.length)

    def best_time(self, *, day_close: time) -> time:
        """The local time at which the job should run, to the minute."""
        return _later(self.first(day_close=day_close), self.best).replace(second=0, microsecond=0)


@dataclass(frozen=True, kw_only=True)
class NeededEvery:
    """A hotel needs a job at least every `days` days, because of the object named `because_of`."""

    days: int
    because_of: str


# The hotels that need a job in a certain rhythm, by their ids.
NeededRhythm = Callable[[Iterable["Hotel"]], Mapping[int, NeededEvery]]


def days_apart(dates: Iterable[date]) -> int:
    """The largest number of days between neighbours of rising dates; 0 for fewer than two."""
    rising = sorted(set(dates))
    return max(((b - a).days for a, b in pairwise(rising)), default=0)


def _later(at: time, delay: timedelta) -> time:
    return (datetime.combine(date(2000, 1, 1), at) + delay).time()
