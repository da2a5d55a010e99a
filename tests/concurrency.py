"""Calls in threads of their own, and transactions that wait for each other."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from django.db import connection

from tests.waiting import TIMEOUT, wait_until

T = TypeVar("T")
# Whether a session waits for a lock of ours; pg_locks is read anew in each statement.
WAITED_FOR = """
    SELECT EXISTS (
        SELECT 1 FROM pg_locks
        WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
    )
"""


def in_thread(call: Callable[[], T]) -> Future[T]:
    """Start `call` in a thread of its own, whose database connection is closed at its end.

    Ask the future for the result with the time limit `tests.waiting.TIMEOUT`.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            try:
                result = call()
            finally:
                connection.close()
        except BaseException as error:  # noqa: BLE001  raised where the result is asked for
            future.set_exception(error)
        else:
            future.set_result(result)

    # A thread that hangs must not keep the process alive.
    threading.Thread(target=run, daemon=True).start()
    return future


def run_together(*calls: Callable[[], T]) -> list[T]:
    """Run each call in a thread of its own, all from the same moment; return their results.

    Raises the exception of the first call that raised one, after all have ended.
    """
    start = threading.Barrier(len(calls), timeout=TIMEOUT)

    def run(call: Callable[[], T]) -> T:
        start.wait()
        return call()

    futures = [in_thread(lambda call=call: run(call)) for call in calls]
    for future in futures:
        future.exception(TIMEOUT)
    return [future.result() for future in futures]


def waits_for_us(other: "Future[object]") -> bool:
    """Whether `other` comes to wait for a lock of our transaction, or ends without; PostgreSQL."""

    def is_waited_for() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(WAITED_FOR)
            (found,) = cursor.fetchone()
        return bool(found)

    wait_until(lambda: other.done() or is_waited_for(), what="the other thread waits or ends")
    return not other.done()
