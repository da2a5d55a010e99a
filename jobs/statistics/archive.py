"""Store the statistics of days before their executions are deleted."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from django.db.models import QuerySet

from hotels.models import Hotel
from jobs.models import DailyFigures, JobExecution
from jobs.statistics.daily import EXECUTIONS_PER_DAY, is_closed, store_days
from jobs.statistics.scope import DAY, Scope

# The approximate number of executions counted in one go: a few days of all hotels.
EXECUTIONS_AT_ONCE = 100_000
HOTELS_AT_ONCE = 1000


def archive_statistics(*, of: QuerySet[JobExecution], now: datetime) -> None:
    """Count and store the closed days on which the executions ended, where no row exists yet.

    Each day is stored for the hotel and for all hotels together, with all executions of the day.
    Other sets of hotels keep only the days a page has already counted.
    """
    days: dict[str, set[date]] = defaultdict(set)
    scopes: dict[str, Scope] = {}
    ends = list(of.values_list("hotel_id", "completed_at"))
    hotels = Hotel.objects.in_bulk({hotel_id for hotel_id, _ in ends})
    of_hotel = {pk: Scope.of_hotel(hotel) for pk, hotel in hotels.items()}
    everything = Scope.of_all(hotel_ids=Hotel.objects.values_list("pk", flat=True))
    for hotel_id, ended in ends:
        assert ended is not None  # what has not ended is not deleted
        for scope in (everything, of_hotel[hotel_id]):
            scopes[scope.key] = scope
            days[scope.key].add(scope.day(ended))
    if not days:
        return
    known = DailyFigures.objects.filter(
        scope__in=days, day__gte=min(map(min, days.values())), day__lte=max(map(max, days.values()))
    )
    for key, day in known.values_list("scope", "day"):
        days[key].discard(day)
    together: dict[tuple[bool, str, tuple[date, ...]], list[Scope]] = defaultdict(list)
    for key, missing in days.items():
        scope = scopes[key]
        closed = tuple(sorted(day for day in missing if is_closed(scope=scope, day=day, now=now)))
        # Hotels with the same days are counted in one go, all hotels together in another.
        together[scope is everything, str(scope.zone), closed].append(scope)
    for (_, _, closed), alike in together.items():
        for start in range(0, len(alike), HOTELS_AT_ONCE):
            _store(alike[start : start + HOTELS_AT_ONCE], days=list(closed))


def _store(scopes: Sequence[Scope], *, days: list[date]) -> None:
    hotels = sum(len(scope.hotel_ids) for scope in scopes)
    step = max(1, EXECUTIONS_AT_ONCE // (EXECUTIONS_PER_DAY * hotels))
    for run in _consecutive(days):
        for start in range(0, len(run), step):
            store_days(scopes=scopes, days=run[start : start + step])


def _consecutive(days: list[date]) -> Iterator[list[date]]:
    """Split ascending days where one is missing: what lies between is not counted."""
    run: list[date] = []
    for day in days:
        if run and day != run[-1] + DAY:
            yield run
            run = []
        run.append(day)
    if run:
        yield run
