"""The tick, once a minute: close abandoned executions, open due slots, work what is waiting.

At the end it seals the new audit entries and issued documents.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from hotels import worker_locks
from hotels.models import Hotel
from hotels.seals import seal_books
from jobs import dispatch, queue, registry, runner
from jobs.dispatch import OnOutcome, OutcomeTally, Permit, Stop, Waiting, WorkOptions, never
from jobs.models import JobExecution, SkipReason, Tick
from jobs.models.execution import CLOCK_TOLERANCE
from jobs.scheduling import GRACE
from jobs.scheduling.misfires import NOT_ACTIVE
from jobs.scheduling.opening import open_due
from jobs.scheduling.storing import OpenedSlots

# A worker that hangs is alive, but starts nothing: after this time anybody may start what waits.
# Two workers with the same list do no harm, as claims are atomic.
TAKEN_OVER_AFTER = timedelta(minutes=2)
# Past the lease of a worker that hangs: something is wrong that no tick mends.
TOO_LONG = timedelta(minutes=20)
# For so long a tick begins what the workers of the queue have left for `TOO_LONG`.
FORGOTTEN_TIME = timedelta(seconds=45)
OVERDUE_KEPT = 100
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TickResult:
    """The slots a tick opened, the abandoned executions it closed, and the counts of its work.

    `overdue` are the first executions that it left waiting although they have waited `TOO_LONG`;
    `overdue_count` is their number. `locked` are the hotels that were locked when their slots were
    to be opened. `sealed` is false if the books could not be sealed; the log says why.
    `handed_out` executions were sent to the workers of the queue.
    """

    now: datetime
    opened: OpenedSlots
    closed: tuple[JobExecution, ...]
    tally: OutcomeTally
    overdue: tuple[JobExecution, ...] = ()
    overdue_count: int = 0
    locked: tuple[Hotel, ...] = ()
    sealed: bool = True
    handed_out: int = 0

    @property
    def locked_long(self) -> int:
        """The number of hotels that have been locked for more than the grace of a slot."""
        return sum(self.now - hotel.found_at > GRACE for hotel in self.opened.locked)

    @property
    def success(self) -> bool:
        """True if all executions were clean, none abandoned or overdue, and all schedules read.

        The books must be sealed too. A hotel may be locked for as long as its slots are not late.
        """
        wrong = self.closed or self.overdue or self.locked_long or self.opened.problems
        return self.tally.is_clean and self.sealed and not wrong


def is_first_of_hour(*, now: datetime) -> bool:
    """True if no tick ran in this hour yet: the first one also deletes expired rows.

    To be asked before `run_tick`, in one query.
    """
    last = Tick.latest()
    return last is None or _hour(last.ticked_at) != _hour(now)


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def run_tick(
    *,
    now: datetime,
    concurrency: int = 1,
    stop: Stop = never,
    on_outcome: OnOutcome | None = None,
) -> TickResult:
    """Close abandoned executions, open the slots due at `now`, and work all waiting executions.

    While workers of the queue are alive, they get the executions, those whose message was lost too.
    What they have left for `TOO_LONG` is begun here, for less than a minute and within the limits.

    `on_outcome` gets each outcome; none is kept but the first failures. Raises
    EffectiveTimeRefused, before anything is stored, if an active hotel may not be run at `now`, and
    ClockDiffers if the clock of this machine is wrong.
    """
    runner.check_effective_time(
        jobs=registry.all_jobs(),
        hotels=Hotel.objects.filter(active=True),
        at=now,
        now=timezone.now(),
    )
    handed_out = 0
    permit: Permit = dispatch.always
    with dispatch.hold_runs() as lock:
        is_queued = dispatch.through_queue(now=now)
        key = None if is_queued else lock.key
        closed = runner.close_abandoned()
        opened = open_due(now=now, worker=key)
        waiting = _take_waiting(now=now, worker=key)
        if is_queued:
            queue.delete_lost()
            queue.release_all()
            handed_out = dispatch.hand_out_lost(waiting=waiting)
            waiting = _forgotten(waiting, now=now)
            stop, permit = _stop_after(FORGOTTEN_TIME, stop=stop), queue.within_limits
        options = WorkOptions(now=now, lock=lock, concurrency=concurrency, stop=stop, permit=permit)
        tally = dispatch.work(waiting=waiting, options=options, on_outcome=on_outcome)
        overdue = _overdue(now=now)
        first = list(overdue[:OVERDUE_KEPT])
    return TickResult(
        now=now,
        opened=opened,
        closed=tuple(closed),
        tally=tally,
        overdue=tuple(first),
        overdue_count=len(first) if len(first) < OVERDUE_KEPT else overdue.count(),
        locked=_locked_hotels(opened),
        sealed=_seal_books(),
        handed_out=handed_out + opened.handed_out,
    )


def _seal_books() -> bool:
    """Seal new rows at the real time; an error is logged, and the result of the tick is kept."""
    try:
        seal_books(now=timezone.now())
    except Exception:  # noqa: BLE001  the work of the tick is done and has to be reported
        _log.exception("The audit trail and the issued documents could not be sealed.")
        return False
    return True


def _take_waiting(*, now: datetime, worker: int | None) -> list[Waiting]:
    """The PENDING executions to start now; their runs get our key, unless a worker lives on.

    These are the slots just opened, retries whose backoff is over, what stopped or dead workers
    left, and what waits for a worker that has not started it for `TAKEN_OVER_AFTER`. Executions of
    inactive hotels are skipped.
    """
    waiting = dispatch.read_waiting(rows=JobExecution.objects.ready(now=now))
    inactive = [place.execution_id for place in waiting if not place.is_active]
    runner.skip(execution_ids=inactive, reason=SkipReason.INACTIVE, words=NOT_ACTIVE)
    waiting = [place for place in waiting if place.is_active]
    dead = worker_locks.dead_workers({place.worker for place in waiting})
    gone = dead | {worker, None}
    free = [place for place in waiting if place.worker in gone or _is_late(place, now=now)]
    dispatch.take_runs(run_ids={place.run_id for place in free}, worker=worker, dead=dead)
    return free


def _is_late(place: Waiting, *, now: datetime) -> bool:
    """True if anybody may start the execution, although the worker of its run is alive."""
    is_ahead = place.waits_since > timezone.now() + CLOCK_TOLERANCE
    return place.is_retry or is_ahead or now - place.waits_since > TAKEN_OVER_AFTER


def _forgotten(waiting: Sequence[Waiting], *, now: datetime) -> list[Waiting]:
    """Executions that have waited for `TOO_LONG` although the workers have their messages."""
    return [place for place in waiting if now - place.waits_since > TOO_LONG]


def _stop_after(limit: timedelta, *, stop: Stop) -> Stop:
    """A `Stop` that also stops after a time, so that the next tick is not late."""
    end = time.monotonic() + limit.total_seconds()
    return lambda: stop() or time.monotonic() > end


def _overdue(*, now: datetime) -> QuerySet[JobExecution]:
    """The executions that still wait after `TOO_LONG`, although they could have been started."""
    late = JobExecution.objects.ready(now=now).waiting_since(before=now - TOO_LONG)
    if queue.is_used():
        late = queue.without_limited(late)
    return late.select_related("hotel")


def _locked_hotels(opened: OpenedSlots) -> tuple[Hotel, ...]:
    keys = [hotel.hotel_id for hotel in opened.locked]
    return tuple(Hotel.objects.filter(pk__in=keys)) if keys else ()
