"""The tick, once a minute: close abandoned executions, open due slots, work what is waiting."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from hotels import worker_locks
from hotels.models import Hotel
from jobs import dispatch, registry, runner
from jobs.dispatch import OnOutcome, Stop, WorkOptions, never
from jobs.models import JobExecution, SkipReason, Status
from jobs.runner import Outcome
from jobs.scheduling.opening import OpenedSlots, open_due

NOT_ACTIVE = "The hotel is not active."


@dataclass(frozen=True, kw_only=True)
class TickResult:
    """The slots a tick opened, the abandoned executions it closed, and the outcomes of its work."""

    now: datetime
    opened: OpenedSlots
    closed: tuple[JobExecution, ...]
    outcomes: tuple[Outcome, ...]

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
        """True if all executions were clean, none was abandoned, and every schedule was read."""
        return not (self.failed or self.with_problems or self.closed or self.opened.problems)


def run_tick(
    *,
    now: datetime,
    concurrency: int = 1,
    stop: Stop = never,
    on_outcome: OnOutcome | None = None,
) -> TickResult:
    """Close abandoned executions, open the slots due at `now`, and work all waiting executions.

    Raises EffectiveTimeRefused, before anything is stored, if an active hotel may not be run at
    `now`.
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
    return TickResult(now=now, opened=opened, closed=tuple(closed), outcomes=tuple(outcomes))


def _take_waiting(*, now: datetime, worker: int | None) -> list[JobExecution]:
    """The PENDING executions no other living worker will work; their runs get our key.

    These are the slots just opened, retries whose backoff is over, and what stopped or dead
    workers left. Executions of inactive hotels are skipped.
    """
    rows = list(
        JobExecution.objects.pending()
        .filter(Q(not_before__isnull=True) | Q(not_before__lte=now))
        .select_related("hotel", "run")
    )
    inactive = [row for row in rows if not row.hotel.active]
    runner.skip(executions=inactive, reason=SkipReason.DISABLED, words=NOT_ACTIVE)
    rows = [row for row in rows if row.hotel.active]
    dead = worker_locks.dead_workers(row.run.worker for row in rows)
    free = [row for row in rows if _is_free(row, worker=worker, dead=dead)]
    dispatch.take_runs(run_ids=(row.run_id for row in free), worker=worker, dead=dead)
    return free


def _is_free(row: JobExecution, *, worker: int | None, dead: Collection[int]) -> bool:
    holder = row.run.worker
    return row.not_before is not None or holder in (None, worker) or holder in dead
