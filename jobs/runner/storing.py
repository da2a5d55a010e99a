"""Storing new executions of many hotels, without waiting long for one that is locked.

Each new row takes a shared lock on the key of its hotel. It waits if another transaction deletes
the hotel or changes its key, or locks the whole row.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db import IntegrityError, OperationalError, connection, transaction

from hotels.database_errors import is_duplicate, is_lock_timeout
from jobs.runner import session_limits
from jobs.runner.new_rows import NewExecution, insert

BATCH = 25_000
# Once a lock was found: the others are tried without it.
SHORT_PATIENCE = timedelta(seconds=0.1)
_LOCK_KEYS = (
    'SELECT id FROM hotels_hotel WHERE id = ANY(%s) ORDER BY "hotels_hotel"."id" ASC FOR KEY SHARE'
)


def store(*, executions: Sequence[NewExecution], all_new: bool = False) -> None:
    """Insert executions; a slot that has an execution gets no second one (invariant 3).

    With `all_new` that raises IntegrityError on PostgreSQL.
    """
    for start in range(0, len(executions), BATCH):
        insert(executions[start : start + BATCH], all_new=all_new)


def store_unlocked(
    *,
    executions: Sequence[NewExecution],
    patience: timedelta | None = None,
    all_new: bool = False,
) -> frozenset[int]:
    """Insert executions as `store` does, except those of locked hotels; returns these hotels' keys.

    A locked hotel gets none of its executions. On SQLite no hotel is locked: a transaction locks
    the whole database. Must be called in a transaction, which keeps the locks of new rows.
    `all_new` says that no slot had an execution a moment ago: then it takes less time.
    """
    if not executions:
        return frozenset()
    if connection.vendor != "postgresql":
        store(executions=executions)
        return frozenset()
    try:
        longest = session_limits.LOCK_PATIENCE if patience is None else patience
        with transaction.atomic(), session_limits.limit_lock_wait(longest):
            store(executions=executions, all_new=all_new)
            # Otherwise the locks on the hotels would be taken at the end of the transaction.
            connection.check_constraints()
    except IntegrityError as error:
        if not (all_new and is_duplicate(error)):
            raise
        return store_unlocked(executions=executions, patience=patience)
    except OperationalError as error:
        if not is_lock_timeout(error):
            raise
        return _without_locked(executions)
    return frozenset()


def _without_locked(executions: Sequence[NewExecution]) -> frozenset[int]:
    hotel_ids = sorted({execution.hotel_id for execution in executions})
    locked = set(hotel_ids) - lock_free_hotels(hotel_ids=hotel_ids)
    if locked:
        parts = [[row for row in executions if row.hotel_id not in locked]]
    elif len(hotel_ids) == 1:
        return frozenset(hotel_ids)
    else:
        # No hotel is locked: another transaction is storing one of the slots, and does not end.
        middle = hotel_ids[len(hotel_ids) // 2]
        parts = [
            [row for row in executions if row.hotel_id < middle],
            [row for row in executions if row.hotel_id >= middle],
        ]
    for part in parts:
        locked |= store_unlocked(executions=part, patience=SHORT_PATIENCE)
    return frozenset(locked)


def lock_hotel_key(*, hotel_id: int) -> None:
    """Lock the key of a hotel as a new row of it does; waits if another transaction locked it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_LOCK_KEYS, [[hotel_id]])


def lock_free_hotels(*, hotel_ids: Collection[int]) -> set[int]:
    """Lock the keys of those hotels that no transaction has locked, and return them; never waits.

    On SQLite no hotel is locked.
    """
    if not hotel_ids or connection.vendor != "postgresql":
        return set(hotel_ids)
    with connection.cursor() as cursor:
        cursor.execute(f"{_LOCK_KEYS} SKIP LOCKED", [list(hotel_ids)])
        return {key for (key,) in cursor.fetchall()}
