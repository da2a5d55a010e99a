"""The tick, once a minute: close abandoned executions, open due slots, work what is waiting."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from hotels import worker_locks
from hotels.models import Hotel
from jobs import dispatch, registry, runner
from jobs.dispatch import OnOutcome, Stop, WorkOptions, never
from jobs.models import JobExecution, SkipReason, Status
from jobs.models.execution import CLOCK_TOLERANCE
from jobs.runner import Outcome
from jobs.scheduling.opening import OpenedSlots, open_due

# A worker that hangs is alive, but starts nothing: after this time anybody may start what waits.
# Two workers with the same list do no harm, as claims are atomic.
TAKEN_OVER_AFTER = timedelta(minutes=2)
# Past the lease of a worker that hangs: something is wrong that no tick mends.
TOO_LONG = timedelta(minutes=20)
NOT_ACTIVE = "The hotel is not active."


@dataclass(frozen=True, kw_only=True)
class TickResult:
    """The slots a tick opened, the abandoned executions it closed, and the outcomes of its work.

    `overdue` are the executions that it left waiting although they have waited `TOO_LONG`.
    """

    now: datetime
    opened: OpenedSlots
    closed: tuple[JobExecution, ...]
    outcomes: tuple[Outcome, ...]
    overdue: tuple[JobExecution, ...] = ()

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The executions that failed in this tick."""
        return tuple(o for o in self.outcomes if o.status == Status.FAILED and not o.repeated)

    @property
    def with_problems(self) -> tuple[Outcome, ...]:
        """The executions that completed with problems in this tick."""
        return tuple(o for o in self.outcomes if o.completed_with_problems and not o.repeated)

    @property
    def success(self) -> bool:
        """True if all executions were clean, none abandoned or overdue, and all schedules read."""
        wrong = self.failed or self.with_problems or self.closed or self.overdue
        return not (wrong or self.opened.problems)


def run_tick(
    *,
    now: datetime,
    concurrency: int = 1,
    stop: Stop = never,
    on_outcome: OnOutcome | None = None,
) -> TickResult:
    """Close abandoned executions, open the slots due at `now`, and work all waiting executions.

    Raises EffectiveTimeRefused, before anything is stored, if an active hotel may not be run at
    `now`, and ClockDiffers if the clock of this machine is wrong.
    """
    runner.check_effective_time(
        jobs=registry.all_jobs(),
        hotels=Hotel.objects.filter(active=True),
        at=now,
        now=timezone.now(),
    )
    with dispatch.hold_runs() as lock:
        closed = runner.close_abandoned()
        opened = open_due(now=now, worker=lock.key)
        waiting = _take_waiting(now=now, worker=lock.key)
        options = WorkOptions(now=now, lock=lock, concurrency=concurrency, stop=stop)
        outcomes = dispatch.work(executions=waiting, options=options, on_outcome=on_outcome)
        overdue = _overdue(now=now)
    return TickResult(
        now=now,
        opened=opened,
        closed=tuple(closed),
        outcomes=tuple(outcomes),
        overdue=tuple(overdue),
    )


def _take_waiting(*, now: datetime, worker: int | None) -> list[JobExecution]:
    """The PENDING executions to start now; their runs get our key, unless a worker lives on.

    These are the slots just opened, retries whose backoff is over, what stopped or dead workers
    left, and what waits for a worker that has not started it for `TAKEN_OVER_AFTER`. Executions of
    inactive hotels are skipped.
    """
    rows = list(JobExecution.objects.ready(now=now).select_related("hotel", "run"))
    inactive = [row for row in rows if not row.hotel.active]
    runner.skip(executions=inactive, reason=SkipReason.DISABLED, words=NOT_ACTIVE)
    rows = [row for row in rows if row.hotel.active]
    dead = worker_locks.dead_workers(row.run.worker for row in rows)
    gone = dead | {worker, None}
    free = [row for row in rows if row.run.worker in gone or _is_late(row, now=now)]
    dispatch.take_runs(run_ids=(row.run_id for row in free), worker=worker, dead=dead)
    return free


def _is_late(row: JobExecution, *, now: datetime) -> bool:
    """True if anybody may start the execution, although the worker of its run is alive."""
    is_retry = row.not_before is not None
    is_ahead = row.waits_since > timezone.now() + CLOCK_TOLERANCE
    return is_retry or is_ahead or now - row.waits_since > TAKEN_OVER_AFTER


def _overdue(*, now: datetime) -> list[JobExecution]:
    """The executions that still wait after `TOO_LONG`, although they could have been started."""
    limit = now - TOO_LONG
    late = Q(not_before__lte=limit) | Q(not_before__isnull=True, updated_at__lte=limit)
    return list(JobExecution.objects.ready(now=now).filter(late).select_related("hotel"))
