"""The deadline of a running execution, and requests to cancel it."""

import time
from datetime import timedelta

from django.db import DatabaseError
from django.utils import timezone

from jobs.models import JobExecution, Status
from jobs.runner.session_limits import limit_session
from jobs.runner.transitions import LeaseLost

# Each check is a query, and services call checkpoints as often as they like.
CHECK_EVERY = 1.0  # seconds
# PostgreSQL's query_canceled (statement_timeout), lock_not_available (lock_timeout) and
# idle_in_transaction_session_timeout.
_TIMEOUT_STATES = frozenset({"57014", "55P03", "25P03"})


class DeadlineExceeded(Exception):
    """The lease expired while the service was working."""


class Cancelled(Exception):
    """A user cancelled the execution; `by` is the user name."""

    def __init__(self, *, by: str) -> None:
        super().__init__(f"cancelled by {by}")
        self.by = by


def is_timeout(error: DatabaseError) -> bool:
    """True if the database ended a statement or session because something took too long."""
    return getattr(error.__cause__, "sqlstate", None) in _TIMEOUT_STATES


class Deadline:
    """The time limit of one execution while its service works."""

    def __init__(self, *, execution: JobExecution) -> None:
        self._execution = execution
        self._checked: float | None = None

    @property
    def remaining(self) -> timedelta:
        """Time until the lease expires."""
        assert self._execution.lease_expires_at is not None, "it was claimed"
        return self._execution.lease_expires_at - timezone.now()

    def limit_session(self) -> None:
        """Let PostgreSQL end our transaction when the lease expires, whatever we do then."""
        left = max(self.remaining, timedelta(milliseconds=1))
        limit_session(idle=left, statement=left)

    def check(self) -> None:
        """The checkpoint of a service; raises DeadlineExceeded, Cancelled or LeaseLost."""
        at = time.monotonic()
        if self._checked is not None and at - self._checked < CHECK_EVERY:
            return
        self._checked = at
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
            raise DeadlineExceeded("The time limit was reached before the work was finished.")
        self.limit_session()
