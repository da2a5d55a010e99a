"""A deadlock made on purpose: another transaction that takes the same locks in the other order."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import Model

from tests.concurrency import in_thread, waits_for_us
from tests.waiting import TIMEOUT


@contextmanager
def deadlock(
    *, after: str, holds: Model, wants: Model, exclusive: bool = False
) -> Iterator[list[int]]:
    """Let the first transaction of this thread that runs a statement like `after` be rolled back.

    Another transaction holds the row `holds`, if `exclusive` also against rows that refer to it.
    When the statement has locked `wants`, it waits for that row, and so the two block each other
    when this thread comes to `holds`. Ours is the one that PostgreSQL ends, as the other looks for
    a deadlock much later. A pause lasts until the other has committed; yields the pauses, each as
    the number of tries so far. Needs a superuser.
    """
    holding, go_on = Event(), Event()
    met: list[str] = []
    pauses: list[int] = []

    def other() -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '10min'")
            _lock(holds, exclusive=exclusive)
            holding.set()
            go_on.wait(TIMEOUT)
            _lock(wants, exclusive=exclusive)

    def watch(execute: Any, sql: Any, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if not met and re.search(after, str(sql)):
            met.append(str(sql))
            go_on.set()
            assert waits_for_us(crossing), "the statement did not lock what the other wants"
        return result

    def pause(*, after: int) -> None:
        pauses.append(after)
        crossing.result(TIMEOUT)

    crossing = in_thread(other)
    assert holding.wait(TIMEOUT)
    try:
        with connection.execute_wrapper(watch), mock.patch("hotels.deadlocks.pause", pause):
            yield pauses
    finally:
        go_on.set()
        crossing.result(TIMEOUT)
    assert met, f"no statement like {after!r} was run"


def deadlock_error() -> OperationalError:
    """The error of a transaction that PostgreSQL ended because of a deadlock."""
    cause = Exception("deadlock detected")
    cause.sqlstate = "40P01"  # type: ignore[attr-defined]
    error = OperationalError("deadlock detected")
    error.__cause__ = cause
    return error


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The pauses after deadlocks, which are not made: for each the number of tries so far."""
    made: list[int] = []
    monkeypatch.setattr("hotels.deadlocks.pause", lambda *, after: made.append(after))
    return made


def _lock(row: Model, *, exclusive: bool) -> None:
    """Lock a row; past the inspection of locks, as it is against their order on purpose."""
    lock = "UPDATE" if exclusive else "NO KEY UPDATE"
    sql = f'SELECT 1 FROM "{row._meta.db_table}" WHERE id = %s FOR {lock}'
    connection.ensure_connection()
    connection.connection.execute(sql, [row.pk])
