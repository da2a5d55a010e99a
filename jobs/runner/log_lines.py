"""One line of the log for each execution that ended, and the lines logged meanwhile."""

import logging
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError

from hotels.tracing import mark_failed
from jobs.execution_log import CollectedLog
from jobs.models import ExecutionLog, FailureKind, JobExecution, Status
from jobs.runner.outcome import Outcome

_log = logging.getLogger("jobs.executions")
_own_log = logging.getLogger(__name__)


def log_end(
    execution: JobExecution,
    *,
    status: str,
    problems: int = 0,
    duration: timedelta | None = None,
    error: str = "",
) -> None:
    """Log how an execution ended, with its IDs as fields."""
    fields = _fields(execution, status=status, problems=problems) | {
        "duration_ms": None if duration is None else round(duration / timedelta(milliseconds=1)),
    }
    if error:
        fields["error"] = error
    _log.info("Execution ended", extra={"fields": fields})


def describe(made: Any, execution: JobExecution, outcome: Outcome) -> None:
    """Set the same fields on the span of an execution; does nothing for None."""
    if made is None:
        return
    fields = _fields(execution, status=str(outcome.status), problems=outcome.problems)
    made.set_attributes({name: value for name, value in fields.items() if value is not None})
    if outcome.status == Status.FAILED:
        # The text of an anticipated failure can name guests, as its problems do.
        ours = outcome.failure_kind != FailureKind.FAILED
        mark_failed(made, outcome.error if ours else str(FailureKind.FAILED))


def _fields(execution: JobExecution, *, status: str, problems: int) -> dict[str, Any]:
    return {
        "execution_id": execution.pk,
        "run_id": execution.run_id,
        "job": execution.job_name,
        "hotel": execution.hotel.code,
        "trigger": str(execution.trigger),
        "attempt": execution.attempt,
        "status": status,
        "problems": problems,
    }


def store_log(log: CollectedLog) -> None:
    """Store what was logged while an execution ran, after its end; a failure is only logged."""
    text = log.text
    if not text:
        return
    try:
        ExecutionLog.objects.update_or_create(
            execution_id=log.execution_id, defaults={"text": text}
        )
    except (DatabaseError, InterfaceError):
        _own_log.exception("The log of execution %s was not stored.", log.execution_id)
