"""Figures over days: how often jobs succeeded, how long they took, what they did (docs/adr/0016).

>>> days = days_of(scope=Scope.of_hotel(hotel), first=first, last=last, now=now)
"""

from jobs.figures.counting import DayFigures, percentile
from jobs.figures.days import Days, days_of
from jobs.figures.history import keep_history
from jobs.figures.scope import Scope

__all__ = ["DayFigures", "Days", "Scope", "days_of", "keep_history", "percentile"]
