"""How the jobs went over the last thirty days: success, and how long they took, day by day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.statistics import DayStatistics, Scope, daily_statistics
from jobs.statistics.totals import success_rate

DAYS = 30


@dataclass(frozen=True, kw_only=True)
class JobMonth:
    """The figures of a job; `durations` has the median of each day in seconds, None without one."""

    finished: int = 0
    completed: int = 0
    durations: tuple[float | None, ...] = ()

    @property
    def success_rate(self) -> float | None:
        """Percent of the finished ones that completed; None where none finished."""
        if not self.finished:
            return None
        return success_rate(completed=self.completed, finished=self.finished)


@dataclass(frozen=True, kw_only=True)
class Last30Days:
    """By job name; not `whole` while days of it are still to be counted."""

    by_job: Mapping[str, JobMonth]
    whole: bool


def last_30_days(*, scope: Scope, now: datetime) -> Last30Days:
    """The figures of the last thirty days, today included, as far as they are counted."""
    today = scope.day(now)
    first = today - timedelta(days=DAYS - 1)
    found = daily_statistics(scope=scope, first=first, last=today, now=now)
    days = [found.by_day.get(first + timedelta(days=n), {}) for n in range(DAYS)]
    names = {name for day in days for name in day}
    by_job = {name: _month([day.get(name, DayStatistics()) for day in days]) for name in names}
    return Last30Days(by_job=by_job, whole=not found.uncounted)


def _month(days: Sequence[DayStatistics]) -> JobMonth:
    return JobMonth(
        finished=sum(day.finished for day in days),
        completed=sum(day.completed for day in days),
        durations=tuple(day.median for day in days),
    )
