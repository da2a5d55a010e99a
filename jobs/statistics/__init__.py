"""Daily statistics of the jobs: success rate, durations, results (docs/adr/0016).

>>> found = daily_statistics(scope=Scope.of_hotel(hotel), first=first, last=last, now=now)
"""

from jobs.statistics.archive import archive_statistics
from jobs.statistics.daily import DailyStatistics, daily_statistics
from jobs.statistics.scope import Scope
from jobs.statistics.tally import DayStatistics, percentile

__all__ = [
    "DailyStatistics",
    "DayStatistics",
    "Scope",
    "archive_statistics",
    "daily_statistics",
    "percentile",
]
