"""When a job is due, by its declared schedule in UTC."""

from datetime import UTC, datetime

from jobs import cron_expressions
from jobs.cron_expressions import BadExpression


def latest_slot(*, expression: str, at: datetime) -> datetime:
    """The newest instant not after `at` at which `expression` is due.

    Raises BadExpression, also where none is found.
    """
    return _found(cron_expressions.latest(expression=expression, zone=UTC, at=at), expression)


def next_slot(*, expression: str, after: datetime) -> datetime:
    """The first instant strictly after `after` at which `expression` is due.

    Raises BadExpression, also where none is found.
    """
    instants = cron_expressions.upcoming(expression=expression, zone=UTC, after=after)
    return _found(next(instants, None), expression)


def describe_schedule(*, expression: str, language: str = "en") -> str:
    """The expression as a person says it: `At 00:00, only on Monday`, times in 24 hours."""
    return cron_expressions.describe(expression=expression, language=language)


def _found(slot: datetime | None, expression: str) -> datetime:
    if slot is None:
        raise BadExpression(
            f"{expression!r} is not due within {cron_expressions.LOOK_AHEAD} years."
        )
    return slot
