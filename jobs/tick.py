"""One beat of the tick."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from hotels import worker_locks
from jobs import dispatch, runner
from jobs.dispatch import OnOutcome, Stop, Work, never
from jobs.models import JobExecution, JobRun, SkipReason, Status
from jobs.runner import Outcome
from jobs.scheduling.opening import OpenedSlots, open_due

NOT_ACTIVE = "disabled: the hotel is not active"


@dataclass(frozen=True, kw_only=True)
class TickResult:
    """What one beat did: slots it opened, dead executions it closed, work it did."""

    now: datetime
    opened: OpenedSlots
    closed: tuple[JobExecution, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The hotels that failed in this beat."""
        return tuple(o for o in self.outcomes if o.status == Status.FAILED and not o.repeated)

    @property
    def success(self) -> bool:
        """Whether nothing failed, no worker was found dead, and every schedule could be read."""
        return not (self.failed or self.closed or self.opened.problems)


def run_tick(
    *,
    now: datetime,
    concurrency: int = 1,
    stop: Stop = never,
    on_outcome: OnOutcome | None = None,
) -> TickResult:
    """Close what dead workers hold, open what is due at `now`, and work all that waits."""
    with worker_locks.hold_worker_lock() as worker:
        closed = runner.close_abandoned()
        opened = open_due(now=now, worker=worker)
        waiting = _adopt(now=now, worker=worker)
        how = Work(now=now, worker=worker, concurrency=concurrency, stop=stop)
        outcomes = dispatch.work(executions=waiting, how=how, on_outcome=on_outcome)
        if worker is not None:
            JobRun.objects.filter(worker=worker).update(worker=None)
    return TickResult(now=now, opened=opened, closed=tuple(closed), outcomes=tuple(outcomes))


def _adopt(*, now: datetime, worker: int | None) -> list[JobExecution]:
    """The executions that wait and that nobody is about to hand out; their runs become ours.

    That is what we opened, retries whose backoff is over, and what stopped or dead workers left.
    """
    rows = list(
        JobExecution.objects.pending()
        .filter(Q(not_before__isnull=True) | Q(not_before__lte=now))
        .select_related("hotel", "run")
    )
    idle = [row for row in rows if not row.hotel.active]
    runner.skip(executions=idle, reason=SkipReason.DISABLED, words=NOT_ACTIVE)
    rows = [row for row in rows if row.hotel.active]
    dead = worker_locks.dead_workers(row.run.worker for row in rows)
    free = [row for row in rows if _is_free(row, worker=worker, dead=dead)]
    if worker is not None:
        ours = {row.run_id for row in free}
        nobodys = Q(worker__isnull=True) | Q(worker__in=dead)
        JobRun.objects.filter(nobodys, pk__in=ours).update(worker=worker)
    return free


def _is_free(row: JobExecution, *, worker: int | None, dead: Iterable[int]) -> bool:
    holder = row.run.worker
    return row.not_before is not None or holder in (None, worker) or holder in dead
