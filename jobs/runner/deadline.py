"""What ends work while it is done: time, and people who call it off."""

import time
from datetime import timedelta

from django.db import DatabaseError, connection
from django.utils import timezone

from jobs.models import JobExecution, Status
from jobs.runner.transitions import LeaseLost

# A look is a query: services call checkpoints as often as they like.
LOOK_EVERY = 1.0
LONGEST_LOCK_WAIT = timedelta(minutes=1)
# PostgreSQL's query_canceled (statement_timeout) and lock_not_available (lock_timeout).
_TIMEOUT_STATES = frozenset({"57014", "55P03"})


class DeadlineExceeded(Exception):
    """The lease ran out while the work was done."""


class Cancelled(Exception):
    """A person called the work off; `by` is their name."""

    def __init__(self, *, by: str) -> None:
        super().__init__(f"cancelled by {by}")
        self.by = by


def is_timeout(error: DatabaseError) -> bool:
    """Whether the database ended a statement because it, or its wait for a lock, took too long."""
    return getattr(error.__cause__, "sqlstate", None) in _TIMEOUT_STATES


class Deadline:
    """Watches over one execution while its service works."""

    def __init__(self, *, execution: JobExecution) -> None:
        self._execution = execution
        self._looked: float | None = None

    @property
    def remaining(self) -> timedelta:
        """How long the lease still lasts."""
        assert self._execution.lease_expires_at is not None, "it was claimed"
        return self._execution.lease_expires_at - timezone.now()

    def renew(self, timeout: timedelta) -> None:
        """A full lease for one that waited long for its turn in a shard; raises LeaseLost."""
        if self.remaining > timeout / 2:
            return
        until = timezone.now() + timeout
        held = JobExecution.objects.running().filter(
            pk=self._execution.pk, token=self._execution.token
        )
        if not held.update(lease_expires_at=until):
            raise LeaseLost("The lease was lost before the work was begun.")
        self._execution.lease_expires_at = until

    def limit_statements(self) -> None:
        """Let PostgreSQL end what takes longer than the lease; holds until the transaction ends."""
        if connection.vendor != "postgresql":
            return
        left = max(self.remaining, timedelta(milliseconds=1))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true),"
                " set_config('lock_timeout', %s, true)",
                [_milliseconds(left), _milliseconds(min(left, LONGEST_LOCK_WAIT))],
            )

    def look(self) -> None:
        """The checkpoint of a service; raises TimeIsUp, Cancelled or LeaseLost."""
        at = time.monotonic()
        if self._looked is not None and at - self._looked < LOOK_EVERY:
            return
        self._looked = at
        row = (
            JobExecution.objects.filter(pk=self._execution.pk)
            .values("status", "token", "cancel_requested_at", "cancel_requested_by_name")
            .get()
        )
        if row["status"] != Status.RUNNING or row["token"] != self._execution.token:
            raise LeaseLost("The lease was lost to another worker; everything was rolled back.")
        if row["cancel_requested_at"] is not None:
            raise Cancelled(by=row["cancel_requested_by_name"])
        if self.remaining < timedelta():
            raise DeadlineExceeded("The time a run may take was over before the work was done.")


def _milliseconds(span: timedelta) -> str:
    return str(max(1, span // timedelta(milliseconds=1)))
