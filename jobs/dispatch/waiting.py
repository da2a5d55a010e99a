"""PENDING executions that wait for their turn: of many, little more than the keys is kept."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError, connection

from jobs.models import JobExecution, JobExecutionQuerySet, Trigger

LOADED_AT_ONCE = 200
_COLUMNS = (
    "pk",
    "hotel_id",
    "job_name",
    "scheduled_for",
    "as_of",
    "not_before",
    "updated_at",
    "metadata__retry__alone",
    "run_id",
    "run__worker",
    "hotel__active",
    "hotel__group_id",
    "trigger",
    "run__requested_at",
)


class Waiting(NamedTuple):
    """The place of a PENDING execution in the line, and what decides who may start it.

    `due_at` is its slot, or its effective time if it was requested; `worker` that of its run. A
    request is void if the job was started in the hotel after `requested_at`.
    """

    execution_id: int
    hotel_id: int
    job_name: str
    due_at: datetime
    is_retry: bool
    waits_since: datetime
    runs_alone: bool
    run_id: int
    worker: int | None
    is_active: bool
    group_id: int | None
    requested_at: datetime | None


def read_waiting(*, rows: JobExecutionQuerySet) -> list[Waiting]:
    """Read the places of executions, in one query."""
    found = rows.order_by().values_list(*_COLUMNS).iterator()
    return [_place(*row) for row in found]


def _place(
    execution_id: int,
    hotel_id: int,
    job_name: str,
    slot: datetime | None,
    as_of: datetime,
    not_before: datetime | None,
    updated_at: datetime,
    alone: bool | None,
    run_id: int,
    worker: int | None,
    is_active: bool,
    group_id: int | None,
    trigger: str,
    requested_at: datetime | None,
) -> Waiting:
    return Waiting(
        execution_id=execution_id,
        hotel_id=hotel_id,
        job_name=job_name,
        due_at=slot or as_of,
        is_retry=not_before is not None,
        waits_since=not_before or updated_at,
        runs_alone=bool(alone),
        run_id=run_id,
        worker=worker,
        is_active=is_active,
        group_id=group_id,
        # Another attempt comes after the one that was started for the request.
        requested_at=None if trigger == Trigger.RETRY else requested_at,
    )


def load(*, execution_ids: Iterable[int]) -> Iterator[JobExecution]:
    """Load executions with their hotels when they are asked for, in the order given.

    Raises DatabaseError or InterfaceError if the database cannot be reached.
    """
    left = iter(execution_ids)
    while keys := list(islice(left, LOADED_AT_ONCE)):
        try:
            found = _found(keys)
        except (DatabaseError, InterfaceError):
            if not is_reachable():
                raise
            found = _found(keys)  # only our connection was cut
        yield from (found.pop(key) for key in keys if key in found)


def is_reachable() -> bool:
    """Return True if the database gives this thread a new connection."""
    connection.close()
    try:
        connection.ensure_connection()
    except (DatabaseError, InterfaceError):
        return False
    return True


def _found(keys: Sequence[int]) -> dict[int, JobExecution]:
    rows = JobExecution.objects.select_related("hotel").defer("traceback")
    return {row.pk: row for row in rows.filter(pk__in=keys)}
