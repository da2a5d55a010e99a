"""The figures of a span of days: kept ones read, closed ones counted and kept, the rest live."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from jobs.models import DailyFigures, JobExecution
from jobs.statistics.scope import DAY, Scope
from jobs.statistics.tally import DayStatistics, DayTally

# An execution's end is written a moment before it is committed, and clocks of machines differ.
SETTLES = timedelta(hours=1)
# How many executions a page counts at most before it shows what it has: some hundred milliseconds.
BUDGET = 8_000
# What a hotel's jobs come to in a day, about; only how much is counted at once depends on it.
A_DAY = 16

Figures = Mapping[str, DayStatistics]


@dataclass(frozen=True, kw_only=True)
class DailyStatistics:
    """The figures by day and job; `uncounted` are closed days still to be counted, rising."""

    by_day: Mapping[date, Figures]
    uncounted: tuple[date, ...] = ()


def daily_statistics(*, scope: Scope, first: date, last: date, now: datetime) -> DailyStatistics:
    """The figures of the days from `first` to `last`, both included.

    Closed days are counted once and kept, the newest first and no more than fit into a page's
    time; a further call goes on. Open days are counted each time.
    """
    kept = DailyFigures.objects.filter(scope=scope.key, day__gte=first, day__lte=last)
    by_day: dict[date, Figures] = {
        day: {name: DayStatistics.of_stored(of) for name, of in jobs.items()}
        for day, jobs in kept.values_list("day", "jobs")
    }
    missing = [day for day in _days(first, last) if day not in by_day]
    closed = [day for day in missing if is_closed(scope=scope, day=day, now=now)]
    at_once = max(1, BUDGET // (A_DAY * max(len(scope.hotel_ids), 1)))
    to_count = closed[-at_once:]
    by_day |= store_days(scope=scope, days=to_count)
    if to_open := [day for day in missing if day not in set(closed)]:
        by_day |= _counted(scope, first=to_open[0], last=to_open[-1])
    return DailyStatistics(by_day=by_day, uncounted=tuple(closed[: len(closed) - len(to_count)]))


def is_closed(*, scope: Scope, day: date, now: datetime) -> bool:
    """Whether nothing more can end on a day."""
    return scope.begins(day + DAY) + SETTLES <= now


def store_days(*, scope: Scope, days: list[date]) -> dict[date, Figures]:
    """Count closed days, rising, and keep them; what was kept meanwhile stays, being the same."""
    if not days:
        return {}
    counted = _counted(scope, first=days[0], last=days[-1])
    wanted = {day: counted.get(day, {}) for day in days}
    DailyFigures.objects.bulk_create(
        (
            DailyFigures(
                scope=scope.key, day=day, jobs={name: of.stored() for name, of in jobs.items()}
            )
            for day, jobs in wanted.items()
        ),
        ignore_conflicts=True,
    )
    return wanted


def _counted(scope: Scope, *, first: date, last: date) -> dict[date, Figures]:
    tallies: dict[date, dict[str, DayTally]] = defaultdict(lambda: defaultdict(DayTally))
    rows = JobExecution.objects.filter(
        hotel__in=scope.hotel_ids,
        completed_at__gte=scope.begins(first),
        completed_at__lt=scope.begins(last + DAY),
    ).order_by()
    columns = ("job_name", "hotel_id", "status", "started_at", "completed_at", "result")
    for name, hotel_id, status, started, ended, result in rows.values_list(*columns).iterator():
        assert ended is not None  # as the filter says
        tallies[scope.day(ended)][name].take(
            hotel_id=hotel_id,
            status=status,
            started_at=started,
            completed_at=ended,
            result=result,
        )
    return {
        day: {name: tally.figures() for name, tally in sorted(jobs.items())}
        for day, jobs in tallies.items()
    }


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += DAY
