"""Keeping the figures of days whose executions are about to be thrown away."""

from datetime import datetime

from django.db.models import Min

from hotels.models import Hotel
from jobs.models import DailyFigures, JobExecution
from jobs.statistics.daily import A_DAY, is_closed, store_days
from jobs.statistics.scope import DAY, Scope

# How many executions are counted at once, about: of all hotels a few days.
AT_ONCE = 100_000


def archive_statistics(*, until: datetime, now: datetime) -> None:
    """Count and keep every day with an execution that ended before `until`, the last one whole.

    For each hotel and for all of them; of other choices of hotels only what was looked at is kept.
    Days that are not over at `now` are left out.
    """
    oldest = JobExecution.objects.aggregate(oldest=Min("completed_at"))["oldest"]
    if oldest is None or oldest >= until:
        return
    hotels = list(Hotel.objects.order_by("pk"))
    everything = Scope.of_all(hotel_ids=[hotel.pk for hotel in hotels])
    for scope in (everything, *map(Scope.of_hotel, hotels)):
        _keep(scope, oldest=oldest, until=until, now=now)


def _keep(scope: Scope, *, oldest: datetime, until: datetime, now: datetime) -> None:
    kept = set(DailyFigures.objects.filter(scope=scope.key).values_list("day", flat=True))
    first, last = scope.day(oldest), scope.day(until)
    days = [first + n * DAY for n in range((last - first).days + 1)]
    days = [d for d in days if d not in kept and is_closed(scope=scope, day=d, now=now)]
    step = max(1, AT_ONCE // (A_DAY * len(scope.hotel_ids)))
    for start in range(0, len(days), step):
        store_days(scope=scope, days=days[start : start + step])
