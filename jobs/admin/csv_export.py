"""CSV export of executions."""

from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse

from hotels.csv_export import csv_response
from jobs.cli import output
from jobs.models import JobExecution

COLUMNS = (
    *("id", "job", "hotel", "status", "failure", "skipped", "trigger", "attempt"),
    *("due", "started", "completed", "seconds", "outcome", "error", "problems"),
)


def csv_of_executions(rows: Any) -> StreamingHttpResponse:
    """Return executions as a CSV file: times as ISO 8601 in UTC, durations in seconds."""
    return csv_response(rows=_rows(rows), name="executions.csv")


def _rows(rows: Any) -> Iterator[tuple[Any, ...]]:
    yield COLUMNS
    # The list defers the error, which the export needs.
    executions = rows.select_related(None).select_related("hotel").defer(None)
    executions = executions.defer("result", "effects", "metadata", "traceback")
    for row in executions.iterator(chunk_size=2000):
        yield _row(row)


def _row(row: JobExecution) -> tuple[Any, ...]:
    duration = row.duration
    return (
        row.pk,
        row.job_name,
        row.hotel.code,
        row.status,
        row.failure_kind,
        row.skip_reason,
        row.trigger,
        row.attempt,
        output.iso(row.scheduled_for),
        output.iso(row.started_at),
        output.iso(row.completed_at),
        None if duration is None else duration.total_seconds(),
        row.words,
        row.error,
        row.problems,
    )
