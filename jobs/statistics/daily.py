"""Statistics of a period: stored days are read, closed days counted and stored, open ones live."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import JSONField, Value

from hotels.models.literal import KeyList
from jobs import registry
from jobs.models import DailyFigures, JobExecution
from jobs.statistics.scope import DAY, Scope
from jobs.statistics.tally import DayStatistics, DayTally

# The end of an execution is set shortly before its commit, and machines' clocks differ.
SETTLING_TIME = timedelta(hours=1)
# The number of executions one request counts at most: a few hundred milliseconds.
EXECUTIONS_PER_REQUEST = 8_000
# The approximate number of executions of a hotel in a day, to estimate how many days to count.
EXECUTIONS_PER_DAY = 16

Figures = Mapping[str, DayStatistics]


@dataclass(frozen=True, kw_only=True)
class DailyStatistics:
    """Statistics by day and job name; `uncounted` are closed days to be counted, ascending."""

    by_day: Mapping[date, Figures]
    uncounted: tuple[date, ...] = ()


def daily_statistics(
    *, scope: Scope, first: date, last: date, now: datetime, quickly: bool = False
) -> DailyStatistics:
    """The statistics of the days from `first` to `last`, both included.

    Closed days are counted once and stored, the newest first, as many as one request has time for;
    the next call continues. Open days are counted on every call.
    With `quickly` a call counts half of that, open days only when all others are counted, and
    of these no results.
    """
    stored = DailyFigures.objects.filter(scope=scope.key, day__gte=first, day__lte=last)
    by_day: dict[date, Figures] = {
        day: {name: DayStatistics.of_stored(of) for name, of in jobs.items()}
        for day, jobs in stored.values_list("day", "jobs")
    }
    missing = [day for day in _days(first, last) if day not in by_day]
    closed = [day for day in missing if is_closed(scope=scope, day=day, now=now)]
    hotels = max(len(scope.hotel_ids), 1)
    at_once = EXECUTIONS_PER_REQUEST // (EXECUTIONS_PER_DAY * hotels)
    at_once = at_once // 2 if quickly else max(1, at_once)
    to_count = closed[max(len(closed) - at_once, 0) :]
    by_day |= store_days(scopes=[scope], days=to_count)[scope.key]
    uncounted = tuple(closed[: len(closed) - len(to_count)])
    still_open = [day for day in missing if day not in set(closed)]
    if still_open and not (quickly and uncounted):
        by_day |= _counted([scope], first=still_open[0], last=still_open[-1], results=not quickly)[
            scope.key
        ]
    return DailyStatistics(by_day=by_day, uncounted=uncounted)


def is_closed(*, scope: Scope, day: date, now: datetime) -> bool:
    """True if no further execution can end on a day."""
    return scope.begins(day + DAY) + SETTLING_TIME <= now


def store_days(*, scopes: Sequence[Scope], days: list[date]) -> dict[str, dict[date, Figures]]:
    """Count and store closed days, given in ascending order; returns their statistics by scope.

    A day stored by another process in the meantime is left as it is: both counted the same. Several
    scopes must be hotels in one time zone; all take one query, and one to store.
    """
    if not days:
        return {scope.key: {} for scope in scopes}
    counted = _counted(scopes, first=days[0], last=days[-1])
    wanted = {key: {day: found.get(day, {}) for day in days} for key, found in counted.items()}
    DailyFigures.objects.bulk_create(
        (
            DailyFigures(scope=key, day=day, jobs={name: of.stored() for name, of in jobs.items()})
            for key, of_days in wanted.items()
            for day, jobs in of_days.items()
        ),
        ignore_conflicts=True,
        batch_size=1000,
    )
    return wanted


def _counted(
    scopes: Sequence[Scope], *, first: date, last: date, results: bool = True
) -> dict[str, dict[date, Figures]]:
    key_of = {pk: scope.key for scope in scopes for pk in scope.hotel_ids}
    clock = scopes[0]
    tallies: dict[str, dict[date, dict[str, DayTally]]] = {
        scope.key: defaultdict(dict) for scope in scopes
    }
    rows = JobExecution.objects.filter(
        hotel__in=KeyList(key_of),
        completed_at__gte=clock.begins(first),
        completed_at__lt=clock.begins(last + DAY),
    ).order_by()
    columns = ("job_name", "hotel_id", "status", "started_at", "completed_at", "problems")
    columns_of = rows.values_list(*columns, "result" if results else Value(None, JSONField()))
    for name, hotel_id, status, started, ended, problems, result in columns_of.iterator():
        assert ended is not None  # by the filter above
        of_day = tallies[key_of[hotel_id]][clock.day(ended)]
        if name not in of_day:
            of_day[name] = DayTally(fields=registry.result_fields_of(name))
        of_day[name].take(
            hotel_id=hotel_id,
            status=status,
            started_at=started,
            completed_at=ended,
            problems=problems,
            result=result,
        )
    return {
        key: {day: _figures(jobs) for day, jobs in of_days.items()}
        for key, of_days in tallies.items()
    }


def _figures(jobs: Mapping[str, DayTally]) -> Figures:
    return {name: tally.figures() for name, tally in sorted(jobs.items())}


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += DAY
