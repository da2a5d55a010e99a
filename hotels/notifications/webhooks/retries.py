"""Waits between the attempts to send a webhook."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# After each attempt, as Standard Webhooks suggests: ten attempts in a good three days.
DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
GONE_STATUS = 410  # the receiver wants no more messages
LONGEST_RETRY_AFTER = timedelta(hours=24)
# Up to a fifth earlier, so that what failed together does not come back together.
_JITTER = 0.2


def delay_after(attempt: int, *, retry_after: timedelta | None = None) -> timedelta | None:
    """Return the wait after attempt number `attempt`, counted from 1; None after the last one.

    The wait is never shorter than `retry_after`, the receiver's own wish.
    """
    if attempt > len(DELAYS):
        return None
    wait = DELAYS[attempt - 1] * random.uniform(1 - _JITTER, 1)  # noqa: S311  no secret
    return max(wait, retry_after or timedelta())


def parse_retry_after(value: str, *, now: datetime) -> timedelta | None:
    """Return the wait that a Retry-After header asks for (RFC 9110, 10.2.3), at most 24 hours.

    The value is a number of seconds, or a date. None for anything else.
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        # More digits than any bounded wait has would overflow.
        seconds = int(text) if len(text) < 10 else 10**9
        return min(timedelta(seconds=seconds), LONGEST_RETRY_AFTER)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if at.tzinfo is None:  # "-0000": the date is in UTC
        at = at.replace(tzinfo=UTC)
    return min(max(at - now, timedelta()), LONGEST_RETRY_AFTER)
