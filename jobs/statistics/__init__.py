"""Figures over days: how often jobs succeeded, how long they took, what they did (docs/adr/0016).

>>> days = days_of(scope=Scope.of_hotel(hotel), first=first, last=last, now=now)
"""

from jobs.statistics.archive import keep_history
from jobs.statistics.daily import Days, days_of
from jobs.statistics.scope import Scope
from jobs.statistics.tally import DayFigures, percentile

__all__ = ["DayFigures", "Days", "Scope", "days_of", "keep_history", "percentile"]
