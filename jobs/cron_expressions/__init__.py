"""Cron expressions in a time zone, with the daylight saving rule of Debian's cron.

The rule is described in docs/adr/0006.

>>> lisbon = ZoneInfo("Europe/Lisbon")
>>> next(upcoming(expression="30 1 * * *", zone=lisbon, after=datetime(2026, 3, 29, tzinfo=UTC)))
datetime.datetime(2026, 3, 29, 2, 0, tzinfo=zoneinfo.ZoneInfo(key='Europe/Lisbon'))
"""

from jobs.cron_expressions.description import describe
from jobs.cron_expressions.occurrences import LOOK_AHEAD, YEARS, between, latest, upcoming
from jobs.cron_expressions.parsing import BadExpression
from jobs.cron_expressions.quick_look import LONGEST as LONGEST_LOOK
from jobs.cron_expressions.quick_look import clock_times, may_be_due
from jobs.cron_expressions.validation import LONGEST, validate

__all__ = [
    "LONGEST",
    "LONGEST_LOOK",
    "LOOK_AHEAD",
    "YEARS",
    "BadExpression",
    "between",
    "clock_times",
    "describe",
    "latest",
    "may_be_due",
    "upcoming",
    "validate",
]
