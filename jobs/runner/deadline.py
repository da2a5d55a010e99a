"""The deadline of a running execution, and requests to cancel it."""

import time
from datetime import timedelta

from django.db import DatabaseError
from django.db.models import BigAutoField
from django.utils import timezone

from hotels.prepared import CompiledQuery, Given
from jobs.models import JobExecution, Status
from jobs.runner.holding import Turn
from jobs.runner.session_limits import limit_session
from jobs.runner.transitions import LOST, LeaseLost

# Each check is a query, and services call checkpoints as often as they like.
CHECK_EVERY = 1.0  # seconds
_MARGIN = timedelta(seconds=CHECK_EVERY)  # by which the limits of the session may be late
# PostgreSQL's query_canceled (statement_timeout), lock_not_available (lock_timeout) and
# idle_in_transaction_session_timeout.
_LEAST = timedelta(milliseconds=1)
_TIMEOUT_STATES = frozenset({"57014", "55P03", "25P03"})

_STATE = CompiledQuery(
    lambda: JobExecution.objects.filter(pk=Given("execution", field=BigAutoField())).values_list(
        "status", "token", "cancel_requested_at", "cancel_requested_by_name"
    )
)


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
    """The time limit of one execution while its service works; `turn` if it is held."""

    def __init__(self, *, execution: JobExecution, turn: Turn | None = None) -> None:
        self._execution = execution
        self._turn = turn
        self._checked: float | None = None
        self._limited = False
        self._limit: timedelta | None = None

    @property
    def remaining(self) -> timedelta:
        """Time until the lease expires."""
        assert self._execution.lease_expires_at is not None, "it was claimed"
        return self._execution.lease_expires_at - timezone.now()

    def limit_session(self) -> None:
        """Let PostgreSQL end our transaction when the lease expires, whatever we do then."""
        left = idle = max(self.remaining, _LEAST)
        if self._is_held:
            assert self._turn is not None
            idle = max(min(left, self._turn.until - timezone.now()), _LEAST)
        self._limited = not self._is_held
        self._limit = left
        limit_session(idle=idle, statement=left)

    @property
    def _is_held(self) -> bool:
        """True while the row has the short lease of what is held."""
        return self._turn is not None and not self._turn.is_marked

    @property
    def is_to_limit(self) -> bool:
        """True if the session does not have the limits of the whole lease, and may have them."""
        return not self._limited and not self._is_held

    def check(self) -> None:
        """The checkpoint of a service; raises DeadlineExceeded, Cancelled or LeaseLost."""
        at = time.monotonic()
        if self._checked is not None and at - self._checked < CHECK_EVERY:
            return
        self._checked = at
        rows = _STATE.rows(execution=self._execution.pk)
        if not rows:
            raise LeaseLost(LOST)  # it was deleted
        ((status, token, cancel_requested_at, by),) = rows
        if status != Status.RUNNING or token != self._execution.token:
            raise LeaseLost(LOST)
        if cancel_requested_at is not None:
            raise Cancelled(by=by)
        if self.remaining < timedelta():
            raise DeadlineExceeded("The time limit was reached before the work was finished.")
        if self._limit is None or abs(self._limit - self.remaining) > _MARGIN:
            self.limit_session()  # a statement that begins now has less time
