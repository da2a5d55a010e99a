"""When a job is due, by its declared schedule in UTC."""

from datetime import UTC, datetime, timedelta

from cron_descriptor import Options, get_description
from cronsim import CronSim


def latest_slot(*, expression: str, at: datetime) -> datetime:
    """The newest instant not after `at` at which `expression` is due."""
    # CronSim walks strictly backwards: from one minute on it also meets the minute of `at` itself.
    start = at.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    return next(CronSim(expression, start, reverse=True))


def next_slot(*, expression: str, after: datetime) -> datetime:
    """The first instant strictly after `after` at which `expression` is due."""
    return next(CronSim(expression, after.astimezone(UTC)))


def in_words(*, expression: str) -> str:
    """The expression as a person says it: `At 00:00, only on Monday`, times in 24 hours."""
    options = Options()
    options.use_24hour_time_format = True
    return str(get_description(expression, options))
