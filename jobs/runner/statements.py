"""The statements that every execution takes, written by hand: claims and completions.

To compile them would take Django three times as long as the database takes to run them.

On PostgreSQL neither waits for the disk if nothing would be lost (docs/adr/0030): a claim that a
crash of the server undoes leaves the execution PENDING, and a slot's completion without effects
leaves it RUNNING, to be closed and retried. Nor does that of a slot of a job that recalculates:
its effects are undone with its outcome, and counted again. Whatever commits later with effects,
also in another session, is on the disk only together with them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from hotels.notifications.outbox import may_listen
from hotels.prepared import prepared_cursor
from jobs.models import JobExecution

_CLAIM = """
    UPDATE jobs_jobexecution SET status = 'RUNNING', {columns}
    WHERE id = %s AND status = 'PENDING' AND NOT EXISTS (
        SELECT 1 FROM jobs_jobexecution other
        WHERE other.hotel_id = %s AND other.job_name = %s AND {running}
    ){at_once}
"""
_RUNNING = "other.status = 'RUNNING'"
_RUNNING_OR_STARTED = "(other.status = 'RUNNING' OR other.started_at BETWEEN %s AND %s)"
_MAY_LISTEN = may_listen(hotel="jobs_jobexecution.hotel_id")
_COMPLETE = f"""
    UPDATE jobs_jobexecution SET status = 'COMPLETED', {{columns}}
    WHERE id = %s AND status = 'RUNNING' AND token = %s{{at_once}}
    RETURNING {_MAY_LISTEN}
"""  # noqa: S608  made of constants
# Conditions that are always true: they set how the transaction commits, if it gets so far.
_AT_ONCE = "\n    AND (SELECT set_config('synchronous_commit', 'off', true)) IS NOT NULL"
# The transaction has a number once it has written or locked a row.
_AT_ONCE_IF_NOTHING_ELSE = f"""
    AND (SELECT CASE WHEN pg_current_xact_id_if_assigned() IS NULL AND NOT {_MAY_LISTEN}
        THEN set_config('synchronous_commit', 'off', true) ELSE '' END) IS NOT NULL"""
_AT_ONCE_IF_UNHEARD = f"""
    AND (SELECT CASE WHEN NOT {_MAY_LISTEN}
        THEN set_config('synchronous_commit', 'off', true) ELSE '' END) IS NOT NULL"""

_HOLD = f"""
    UPDATE jobs_jobexecution SET status = 'RUNNING', token = %s, worker = %s,
        lease_expires_at = clock_timestamp() + %s,
        as_of = CASE WHEN scheduled_for IS NULL THEN as_of ELSE %s END, updated_at = %s
    WHERE id = ANY(%s::bigint[]) AND status = 'PENDING' AND NOT EXISTS (
        SELECT 1 FROM jobs_jobexecution other
        WHERE other.hotel_id = jobs_jobexecution.hotel_id
        AND other.job_name = jobs_jobexecution.job_name AND {{running}}
    ){_AT_ONCE}
    RETURNING id
"""  # noqa: S608  made of constants
_COMPLETE_TOGETHER = f"""
    UPDATE jobs_jobexecution SET status = 'COMPLETED', started_at = ended.started_at,
        completed_at = ended.completed_at, updated_at = ended.completed_at,
        result = ended.result, words = ended.words
    FROM jsonb_to_recordset(%s::jsonb) AS ended (
        id bigint, started_at timestamptz, completed_at timestamptz, result jsonb, words text
    )
    WHERE jobs_jobexecution.id = ended.id AND status = 'RUNNING' AND token = %s{_AT_ONCE}
    RETURNING jobs_jobexecution.id, {_MAY_LISTEN}
"""  # noqa: S608  made of constants


def claim(
    *, execution: JobExecution, columns: Mapping[str, Any], started: tuple[datetime, ...] = ()
) -> bool:
    """Write the columns of a claim if the execution is PENDING and its job not running there.

    With a period (from, to) as `started`, nor may the job have been started there in it. Raises
    IntegrityError if it was claimed there at the same moment.
    """
    own_transaction = not connection.in_atomic_block
    statement = _CLAIM.format(
        columns=_assignments(columns),
        running=_RUNNING_OR_STARTED if started else _RUNNING,
        at_once=_AT_ONCE if own_transaction and connection.vendor == "postgresql" else "",
    )
    span = [_stored("started_at", at) for at in started]
    keys = [execution.pk, execution.hotel_id, execution.job_name, *span]
    with prepared_cursor() as cursor:
        cursor.execute(statement, [*_values(columns), *keys])
        return bool(cursor.rowcount)


def complete(
    *,
    execution: JobExecution,
    columns: Mapping[str, Any],
    own_transaction: bool,
    can_be_repeated: bool = False,
) -> bool | None:
    """Write the columns of a completed execution; None if it does not have our token any more.

    Returns whether an endpoint may listen to its events. `own_transaction` says that the present
    transaction is that of the execution alone, `can_be_repeated` that nothing would be lost with
    what it wrote: the next attempt would write the same.
    """
    # The user or program that requested an execution gets its outcome, so it must last.
    at_once = ""
    if own_transaction and not execution.is_answered and connection.vendor == "postgresql":
        at_once = _AT_ONCE_IF_UNHEARD if can_be_repeated else _AT_ONCE_IF_NOTHING_ELSE
    statement = _COMPLETE.format(columns=_assignments(columns), at_once=at_once)
    keys = [execution.pk, _stored("token", execution.token)]
    with prepared_cursor() as cursor:
        cursor.execute(statement, [*_values(columns), *keys])
        row = cursor.fetchone()
    return None if row is None else bool(row[0])


def hold(
    *,
    keys: Sequence[int],
    token: UUID,
    worker: int | None,
    length: timedelta,
    as_of: datetime,
    at: datetime,
    started: tuple[datetime, ...] = (),
) -> set[int]:
    """Claim those of the executions that `claim` would claim, without a start; returns their keys.

    Their lease is over after `length` by the clock of the database. PostgreSQL, in a transaction
    of its own. Raises IntegrityError as `claim` does: then none is claimed.
    """
    statement = _HOLD.format(running=_RUNNING_OR_STARTED if started else _RUNNING)
    values: list[Any] = [token, worker, length, as_of, at, _array(keys), *started]
    with prepared_cursor() as cursor:
        cursor.execute(statement, values)
        return {key for (key,) in cursor.fetchall()}


def complete_together(*, columns: Sequence[str], token: UUID | None) -> dict[int, bool]:
    """Complete executions with the same token that wrote nothing; `columns` are JSON objects.

    Returns whether an endpoint may listen, by the key of each execution that was completed.
    PostgreSQL, in a transaction of its own.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_COMPLETE_TOGETHER, [f"[{','.join(columns)}]", token])
        return dict(cursor.fetchall())


def has_written() -> bool:
    """True if the present transaction has written or locked a row. PostgreSQL.

    The driver knows without a query whether there was any statement.
    """
    session: Any = connection.connection
    if session is None or session.info.transaction_status == 0:  # idle
        return False
    with prepared_cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        return bool(cursor.fetchone()[0])


def _array(keys: Sequence[int]) -> str:
    return f"{{{','.join(map(str, keys))}}}"


def _assignments(columns: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = %s" for name in columns)


def _values(columns: Mapping[str, Any]) -> list[Any]:
    """The values of columns of executions, as the driver takes them."""
    if connection.vendor == "postgresql":
        # The driver knows them all but JSON.
        is_known = {name: not isinstance(value, dict) for name, value in columns.items()}
    else:
        is_known = {}
    return [
        value if is_known.get(name) else _stored(name, value) for name, value in columns.items()
    ]


def _stored(name: str, value: Any) -> Any:
    field: Any = JobExecution._meta.get_field(name)
    return field.get_db_prep_save(value, connection)
