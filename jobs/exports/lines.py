"""The lines of a CSV file of executions: times as ISO 8601 in UTC, durations in seconds."""

from collections.abc import Iterable, Iterator
from typing import Any

from hotels.calendar import iso
from hotels.csv_export import csv_lines
from jobs.models import JobExecutionQuerySet

COLUMNS = (
    *("id", "job", "hotel", "status", "failure", "skipped", "trigger", "attempt"),
    *("due", "started", "completed", "seconds", "outcome", "error", "problems"),
)
# As many are in memory at once.
BATCH = 2000
# An object with its hotel would cost three times as much.
_READ = (
    *("pk", "job_name", "hotel__code", "status", "failure_kind", "skip_reason", "trigger"),
    *("attempt", "scheduled_for", "started_at", "completed_at", "words", "error", "problems"),
    "hotel_id",
)


def csv_of_executions(rows: JobExecutionQuerySet) -> Iterator[str]:
    """The whole file, some thousand lines at a time; `rows` are in order of their keys."""
    yield heading()
    last_key = None
    while batch := next_batch(rows, last_key=last_key):
        yield lines_of(batch)
        if len(batch) < BATCH:
            return
        last_key = batch[-1].pk


def next_batch(rows: JobExecutionQuerySet, *, last_key: int | None) -> list[Any]:
    """The columns of the first `BATCH` executions, or of those after the one with this key.

    A cursor would be lost with its worker, and needs a session.
    """
    if last_key is not None:
        after = "pk__gt" if rows.query.order_by[0] == "pk" else "pk__lt"
        rows = rows.filter(**{after: last_key})
    return list(rows.values_list(*_READ, named=True)[:BATCH])


def heading() -> str:
    """The first line of the file."""
    return "".join(csv_lines([COLUMNS]))


def lines_of(batch: Iterable[Any]) -> str:
    """The lines of what `next_batch` returned."""
    return "".join(csv_lines(map(_cells, batch)))


def _cells(row: Any) -> tuple[Any, ...]:
    ended = row.started_at is not None and row.completed_at is not None
    return (
        row.pk,
        row.job_name,
        row.hotel__code,
        row.status,
        row.failure_kind,
        row.skip_reason,
        row.trigger,
        row.attempt,
        iso(row.scheduled_for),
        iso(row.started_at),
        iso(row.completed_at),
        (row.completed_at - row.started_at).total_seconds() if ended else None,
        row.words,
        row.error,
        row.problems,
    )
