"""Inserting new executions of many hotels in one statement: INSERT … SELECT.

What executions have in common is sent once, and for each of them little more than its hotel.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from jobs.models import Status


@dataclass(frozen=True, kw_only=True, eq=False)
class ExecutionTerms:
    """The columns that the executions of several hotels have in common."""

    run_id: int
    job_name: str
    trigger: str
    scheduled_for: datetime | None
    as_of: datetime
    created_at: datetime
    metadata: dict[str, Any] = field(default_factory=dict)
    attempt: int = 1
    first_attempt_id: int | None = None
    status: str = Status.PENDING
    skip_reason: str = ""
    words: str = ""
    completed_at: datetime | None = None


class NewExecution(NamedTuple):
    """An execution that is not stored yet."""

    hotel_id: int
    terms: ExecutionTerms

    @property
    def skip_reason(self) -> str:
        """The reason if it is stored as SKIPPED."""
        return self.terms.skip_reason


# The terms as JSON, with the types of PostgreSQL.
_TERMS = {
    "run_id": "bigint",
    "job_name": "text",
    "trigger": "text",
    "scheduled_for": "timestamptz",
    "as_of": "timestamptz",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
    "metadata": "jsonb",
    "attempt": "smallint",
    "first_attempt_id": "bigint",
    "status": "text",
    "skip_reason": "text",
    "words": "text",
    "completed_at": "timestamptz",
}
_EMPTY = {
    "failure_kind": "''",
    "problems": "0",
    "effects": "'{}'",
    "error": "''",
    "traceback": "''",
    "cancel_requested_by_name": "''",
}


def _statement(*, hotel: str, terms: str) -> str:
    # In the same order everywhere, so that inserts never wait crosswise.
    return f"""
        INSERT INTO jobs_jobexecution (hotel_id, {", ".join([*_TERMS, *_EMPTY])})
        SELECT hotel.id, {", ".join([*(f"terms.{name}" for name in _TERMS), *_EMPTY.values()])}
        FROM {hotel} JOIN {terms} ON terms.number = hotel.terms WHERE true
        ORDER BY terms.scheduled_for, terms.job_name, hotel.id
    """  # noqa: S608  made of constants


_TYPES = ", ".join(f"{name} {kind}" for name, kind in _TERMS.items())
_ON_POSTGRESQL = _statement(
    hotel="unnest(%s::bigint[], %s::int[]) AS hotel (id, terms)",
    terms=f"jsonb_to_recordset(%s::jsonb) AS terms (number int, {_TYPES})",
)
_LEAVING_STORED = f"{_ON_POSTGRESQL} ON CONFLICT DO NOTHING"
_PATHS = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in ["number", *_TERMS])
_ON_SQLITE = f"""
    WITH hotel (id, terms) AS MATERIALIZED (
        SELECT ids.value, numbers.value FROM json_each(%s) ids
        JOIN json_each(%s) numbers ON numbers.key = ids.key
    ), terms AS MATERIALIZED (SELECT {_PATHS} FROM json_each(%s))
    {_statement(hotel="hotel", terms="terms")} ON CONFLICT DO NOTHING
"""  # noqa: S608  made of constants


def insert(executions: Sequence[NewExecution], *, all_new: bool = False) -> None:
    """Insert executions; a slot that has an execution gets no second one (invariant 3).

    With `all_new` that is an error: it raises IntegrityError on PostgreSQL. To look for each row
    beforehand takes a tenth of the time.
    """
    numbers: dict[ExecutionTerms, int] = {}
    for row in executions:
        numbers.setdefault(row.terms, len(numbers))
    terms = json.dumps([_stored(each, number=number) for each, number in numbers.items()])
    hotel_ids = ",".join(str(row.hotel_id) for row in executions)
    of_hotels = ",".join(str(numbers[row.terms]) for row in executions)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = _ON_POSTGRESQL if all_new else _LEAVING_STORED
            cursor.execute(statement, [f"{{{hotel_ids}}}", f"{{{of_hotels}}}", terms])
        else:
            cursor.execute(_ON_SQLITE, [f"[{hotel_ids}]", f"[{of_hotels}]", terms])


def _stored(terms: ExecutionTerms, *, number: int) -> dict[str, Any]:
    columns = vars(terms) | {"number": number, "updated_at": terms.created_at}
    return {name: _plain(value) for name, value in columns.items()}


def _plain(value: Any) -> Any:
    """A value as JSON; the database reads an instant as it would if Django had written it."""
    if not isinstance(value, datetime):
        return value
    return str(connection.ops.adapt_datetimefield_value(value))
