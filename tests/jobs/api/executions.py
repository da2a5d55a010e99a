"""Executions for the API tests."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from hotels.models import Hotel
from jobs.models import JobExecution, JobRun

JOB = "generate-invoices"


def execution(
    hotel: Hotel, *, at: datetime | None = None, run: JobRun | None = None, **columns: Any
) -> JobExecution:
    """An execution created at `at`, COMPLETED unless `columns` says otherwise."""
    made = at or timezone.now()
    run = run or JobRun.objects.create(job_name=JOB, trigger="COMMAND", created_at=made)
    given: dict[str, Any] = {
        "job_name": JOB,
        "trigger": "COMMAND",
        "status": "COMPLETED",
        "words": "done",
        "as_of": made,
        "started_at": made,
        "completed_at": made,
        "created_at": made,
        "updated_at": made,
    }
    if columns.get("status") in ("PENDING", "RUNNING"):
        given["completed_at"] = None
    return JobExecution.objects.create(run=run, hotel=hotel, **given | columns)


def failed(hotel: Hotel, *, kind: str = "failed", error: str = "No.", **more: Any) -> JobExecution:
    """A failed execution."""
    return execution(hotel, status="FAILED", failure_kind=kind, error=error, words=error, **more)
