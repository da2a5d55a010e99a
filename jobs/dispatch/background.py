"""Work that goes on after the request of whoever asked for it was answered.

It is done by a thread of the process that was asked. Nothing is lost with that process: what was
not begun stays PENDING and is anybody's, the next tick's for one; what was begun is rolled back,
closed as interrupted, and tried again (design, invariants 4 and 7).
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from threading import Thread

from django.conf import settings
from django.db import IntegrityError, connection
from django.utils import timezone

from hotels import worker_locks
from hotels.models import Hotel
from jobs.dispatch.opening import Opening, open_executions
from jobs.dispatch.working import Work, work
from jobs.models import JobExecution, JobRun

logger = logging.getLogger(__name__)


def confirmed(*, opening: Opening, hotels: Sequence[Hotel]) -> tuple[JobRun, bool]:
    """Open the run a person confirmed, and say whether it is new; see `Opening.request_key`.

    A confirmation that is sent again, or twice at once, finds the run of the first.
    """
    known = JobRun.objects.filter(request_key=opening.request_key)
    if found := known.first():
        return found, False
    try:
        return open_executions(opening=opening, hotel_ids=[hotel.pk for hotel in hotels]), True
    except IntegrityError:
        return known.get(), False


def begin(*, executions: Sequence[JobExecution], asked_at: datetime | None = None) -> Thread:
    """Start working PENDING executions, and return while they are worked."""
    thread = Thread(target=_worked, args=(executions, asked_at), name="run now")
    thread.start()
    return thread


def _worked(executions: Sequence[JobExecution], asked_at: datetime | None) -> None:
    runs = {row.run_id for row in executions}
    try:
        with worker_locks.hold_worker_lock() as worker:
            JobRun.objects.filter(pk__in=runs).update(worker=worker)
            how = Work(
                now=timezone.now(),
                worker=worker,
                # The pool's other half goes on answering people.
                concurrency=max(settings.JOBS_CONCURRENCY // 2, 1),
                asked_at=asked_at,
            )
            try:
                work(executions=executions, how=how)
            finally:
                JobRun.objects.filter(pk__in=runs, worker=worker).update(worker=None)
    except Exception:
        # Nobody waits for this thread; what it leaves is PENDING and told as such.
        logger.exception("Runs %s were left to the next tick", sorted(runs))
    finally:
        connection.close()
