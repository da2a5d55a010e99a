"""Hourly deletion of rows that have served their time, and counting of executions that stay."""

import time
from collections.abc import Callable
from datetime import datetime

from hotels.expired_rows import delete_expired_rows, never
from jobs.alerts.item_marks import delete_settled_marks
from jobs.alerts.pruning import delete_old_alerts
from jobs.counts import count_blocks
from jobs.dispatch import delete_old_previews
from jobs.exports import delete_old_exports
from jobs.pruning import prune_expired

# The next tick may wait for this one to end, and jobs are due in it. The next hour continues.
MOST_SECONDS = 20.0


def delete_old_rows(*, now: datetime, stop: Callable[[], bool] = never) -> int:
    """Delete rows and count executions for at most `MOST_SECONDS`; return the number deleted.

    Returns early when `stop` is true. A batch that has begun is finished.
    """
    ends = time.monotonic() + MOST_SECONDS

    def enough() -> bool:
        return stop() or time.monotonic() >= ends

    deleted = delete_expired_rows(now=now, stop=enough) + prune_expired(now=now, stop=enough)
    deleted += delete_old_alerts(now=now, stop=enough) + delete_old_previews(now=now)
    deleted += delete_old_exports(now=now, stop=enough)
    count_blocks(stop=enough)
    return deleted if enough() else deleted + delete_settled_marks(now=now)
