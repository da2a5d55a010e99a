"""Success rate and daily durations of the jobs over the last thirty days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.statistics import DayStatistics, Scope, daily_statistics
from jobs.statistics.totals import success_rate

DAYS = 30


@dataclass(frozen=True, kw_only=True)
class JobMonth:
    """Statistics of a job; `clean` executions completed without problems.

    `durations` are daily medians in seconds, None on days without any.
    """

    finished: int = 0
    clean: int = 0
    durations: tuple[float | None, ...] = ()

    @property
    def success_rate(self) -> float | None:
        """Executions without problems in percent of the finished ones; None if none finished."""
        if not self.finished:
            return None
        return success_rate(clean=self.clean, finished=self.finished)


@dataclass(frozen=True, kw_only=True)
class Last30Days:
    """Statistics by job name; `whole` is False while some of the days are not counted yet."""

    by_job: Mapping[str, JobMonth]
    whole: bool


def last_30_days(*, scope: Scope, now: datetime, quickly: bool = False) -> Last30Days:
    """The statistics of the last thirty days, today included, as far as they are counted.

    With `quickly` at most a small part of them is counted by this call.
    """
    today = scope.day(now)
    first = today - timedelta(days=DAYS - 1)
    found = daily_statistics(scope=scope, first=first, last=today, now=now, quickly=quickly)
    days = [found.by_day.get(first + timedelta(days=n), {}) for n in range(DAYS)]
    names = {name for day in days for name in day}
    by_job = {name: _month([day.get(name, DayStatistics()) for day in days]) for name in names}
    return Last30Days(by_job=by_job, whole=not found.uncounted)


def _month(days: Sequence[DayStatistics]) -> JobMonth:
    return JobMonth(
        finished=sum(day.finished for day in days),
        clean=sum(day.clean for day in days),
        durations=tuple(day.median for day in days),
    )
