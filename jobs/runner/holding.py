"""Executions that a worker holds for a moment: claimed together, and not begun yet.

They are RUNNING without a start: claimed in one statement, worked one after the other, within
seconds. The lease is short until one is known to have begun (docs/adr/0035).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from hotels.deadlocks import repeated_on_deadlock
from jobs.base import Job
from jobs.models import JobExecution, Status
from jobs.models.execution import CLOCK_TOLERANCE
from jobs.runner import statements

if TYPE_CHECKING:
    from jobs.runner.ending_together import Ended

# A worker that stops responding keeps what it has not begun for no longer.
LONGEST_HOLD = timedelta(seconds=30)


@dataclass(kw_only=True, eq=False)
class Turn:
    """A held execution; `until` is the end of its lease unless it is marked as begun.

    That is by the clock of this machine. The row has it by that of the database, which decides when
    it is over: the two may differ by more than a hold.

    `ended` is set if it ended without effects and its outcome is not stored yet.
    """

    execution: JobExecution
    job: Job
    claimed_at: datetime
    until: datetime
    is_marked: bool = False
    ended: "Ended | None" = None

    @property
    def may_begin(self) -> bool:
        """False once half of the hold is over: another worker may soon free the execution."""
        return timezone.now() < self.claimed_at + (self.until - self.claimed_at) / 2

    def begin(self) -> None:
        """Start the time limit of the execution; its row doesn't say so yet."""
        at = timezone.now()
        self.execution.started_at = at
        self.execution.lease_expires_at = at + self.job.timeout


def may_be_held(execution: JobExecution) -> bool:
    """True for a first attempt under a retry policy.

    Whatever failed before is claimed by itself, so that it can take as long as the job may.
    """
    return execution.attempt == 1 and "retry" in execution.metadata and not execution.runs_alone


@repeated_on_deadlock
def hold(
    *,
    executions: Sequence[JobExecution],
    job: Job,
    now: datetime,
    worker: int | None,
    requested_at: datetime | None = None,
) -> list[Turn]:
    """Claim PENDING executions of different hotels in one statement, in their order.

    What `jobs.runner.claim` would not claim is left out; none is claimed if another worker claimed
    one at the same moment. PostgreSQL, outside a transaction.
    """
    at = timezone.now()
    until = at + min(LONGEST_HOLD, job.timeout)
    token = uuid4()
    started = () if requested_at is None else (requested_at, at + CLOCK_TOLERANCE)
    try:
        taken = statements.hold(
            keys=[row.pk for row in executions],
            token=token,
            worker=worker,
            length=until - at,
            as_of=now,
            at=at,
            started=started,
        )
    except IntegrityError:
        return []
    turns = []
    for row in executions:
        if row.pk in taken:
            row.status, row.token, row.worker, row.updated_at = Status.RUNNING, token, worker, at
            row.lease_expires_at = until
            row.as_of = row.as_of if row.scheduled_for is None else now
            turns.append(Turn(execution=row, job=job, claimed_at=at, until=until))
    return turns


def mark_begun(turn: Turn) -> None:
    """Store when the execution began, with the lease of one that is worked, if it still runs.

    Nothing is stored if its row is locked, so the caller never waits: it is about to end, or, if
    its hotel is locked, its end waits for that.
    """
    row = turn.execution
    own = JobExecution.objects.running().filter(pk=row.pk, token=row.token, started_at__isnull=True)
    with transaction.atomic():
        free = [each.pk for each in own.locked(skip_locked=True).only("pk")]
        turn.is_marked = bool(
            JobExecution.objects.filter(pk__in=free).update(
                started_at=row.started_at, lease_expires_at=row.lease_expires_at
            )
        )


def give_back(turns: Sequence[Turn]) -> None:
    """Make executions that were not begun PENDING again, as if they had not been held."""
    for turn in turns:
        free(turn.execution)


def free(execution: JobExecution, *, alone: bool = False) -> bool:
    """Make a held execution PENDING again; `alone` if it may have ended or stopped its worker.

    Returns whether it was still held. No attempt is lost. It then waits since it was stored, as
    before.
    """
    policy = execution.metadata
    if alone:
        policy = policy | {"retry": policy["retry"] | {"alone": True}}
    freed = (
        JobExecution.objects.running()
        .filter(pk=execution.pk, token=execution.token, started_at__isnull=True)
        .update(
            status=Status.PENDING,
            token=None,
            worker=None,
            lease_expires_at=None,
            metadata=policy,
            updated_at=execution.created_at,
        )
    )
    if freed:
        execution.status, execution.token, execution.worker = Status.PENDING, None, None
        execution.lease_expires_at, execution.started_at = None, None
        execution.metadata, execution.updated_at = policy, execution.created_at
    return bool(freed)


def can_hold() -> bool:
    """True if this thread can hold executions: only a server lets others see and release them."""
    return connection.vendor == "postgresql" and not connection.in_atomic_block
