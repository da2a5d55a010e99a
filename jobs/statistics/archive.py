"""Store the statistics of days before their executions are deleted."""

from datetime import datetime

from django.db.models import Min

from hotels.models import Hotel
from jobs.models import DailyFigures, JobExecution
from jobs.statistics.daily import EXECUTIONS_PER_DAY, is_closed, store_days
from jobs.statistics.scope import DAY, Scope

# The approximate number of executions counted in one go: a few days of all hotels.
EXECUTIONS_AT_ONCE = 100_000


def archive_statistics(*, until: datetime, now: datetime) -> None:
    """Count and store every closed day up to that of `until`, for each hotel and for all together.

    Starts at the day of the oldest execution. Other sets of hotels keep only the days a page has
    already counted.
    """
    oldest = JobExecution.objects.aggregate(oldest=Min("completed_at"))["oldest"]
    if oldest is None or oldest >= until:
        return
    hotels = list(Hotel.objects.order_by("pk"))
    everything = Scope.of_all(hotel_ids=[hotel.pk for hotel in hotels])
    for scope in (everything, *map(Scope.of_hotel, hotels)):
        _store(scope, oldest=oldest, until=until, now=now)


def _store(scope: Scope, *, oldest: datetime, until: datetime, now: datetime) -> None:
    stored = set(DailyFigures.objects.filter(scope=scope.key).values_list("day", flat=True))
    first, last = scope.day(oldest), scope.day(until)
    days = [first + n * DAY for n in range((last - first).days + 1)]
    days = [d for d in days if d not in stored and is_closed(scope=scope, day=d, now=now)]
    step = max(1, EXECUTIONS_AT_ONCE // (EXECUTIONS_PER_DAY * len(scope.hotel_ids)))
    for start in range(0, len(days), step):
        store_days(scope=scope, days=days[start : start + step])
