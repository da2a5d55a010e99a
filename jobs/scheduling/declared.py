"""Slots of a job's default schedule, which it declares in UTC."""

from datetime import UTC, datetime

from jobs import cron_expressions
from jobs.cron_expressions import BadExpression


def latest_slot(*, expression: str, at: datetime) -> datetime:
    """The newest slot of `expression` not after `at`.

    Raises BadExpression if the expression is not valid or never due.
    """
    return _found(cron_expressions.latest(expression=expression, zone=UTC, at=at), expression)


def next_slot(*, expression: str, after: datetime) -> datetime:
    """The first slot of `expression` strictly after `after`.

    Raises BadExpression if the expression is not valid or never due.
    """
    instants = cron_expressions.upcoming(expression=expression, zone=UTC, after=after)
    return _found(next(instants, None), expression)


def describe_schedule(*, expression: str, language: str = "en") -> str:
    """The expression in words, with times in 24 hours: `At 00:00, only on Monday`."""
    return cron_expressions.describe(expression=expression, language=language)


def _found(slot: datetime | None, expression: str) -> datetime:
    if slot is None:
        raise BadExpression(
            f"{expression!r} is not due within {cron_expressions.LOOK_AHEAD} years."
        )
    return slot
