"""Factory of ended executions for the tests of the console."""

from datetime import datetime, timedelta
from typing import Any

from hotels.models import Hotel
from jobs.models import JobExecution, Status
from tests.jobs.engine import waiting

JOB = "check-no-shows"


def ended(
    hotel: Hotel,
    at: datetime,
    *,
    took: timedelta = timedelta(seconds=1),
    status: Status = Status.COMPLETED,
    **columns: Any,
) -> JobExecution:
    """Return an ended execution of the slot `at`, started on time."""
    reasons: dict[str, dict[str, Any]] = {
        Status.FAILED: {"failure_kind": "failed", "error": "The lobby is closed"},
        Status.SKIPPED: {"skip_reason": "disabled"},
    }
    defaults: dict[str, Any] = {
        "job_name": JOB,
        "scheduled_for": at,
        "started_at": at,
        "completed_at": at + took,
        "created_at": at,
        "status": status,
    }
    return waiting(hotel, **defaults | reasons.get(status, {}) | columns)
