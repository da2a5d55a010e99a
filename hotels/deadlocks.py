"""Repeating what PostgreSQL rolled back to resolve a deadlock (docs/adr/0024)."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

P = ParamSpec("P")
T = TypeVar("T")

_is_repeatable: ContextVar[bool] = ContextVar("is_repeatable", default=False)

# The first one and three more. Each deadlock takes PostgreSQL a second to detect.
TRIES = 4
FIRST_PAUSE = 0.05  # seconds; doubled each time
# SQLSTATE codes of PostgreSQL: deadlock detected, serialization failure.
_STATES = frozenset({"40P01", "40001"})


def is_deadlock(error: BaseException) -> bool:
    """True if PostgreSQL rolled a transaction back so that another one could go on."""
    return isinstance(error, OperationalError) and (
        getattr(error.__cause__, "sqlstate", None) in _STATES
    )


@contextmanager
def repeatable() -> Iterator[None]:
    """Writes in this block do no harm if the request that makes them is repeated."""
    token = _is_repeatable.set(True)
    try:
        yield
    finally:
        _is_repeatable.reset(token)


def is_repeatable() -> bool:
    """True in a block of `repeatable`."""
    return _is_repeatable.get()


def pause(*, after: int) -> None:
    """Wait a random time after that many tries, so that the two do not meet again."""
    time.sleep(random.uniform(0, FIRST_PAUSE * 2 ** (after - 1)))  # noqa: S311  spreads load


def repeated_on_deadlock(function: Callable[P, T]) -> Callable[P, T]:
    """Repeat a transaction that was rolled back because of a deadlock, `TRIES` times in all.

    Inside a larger transaction, which is rolled back as a whole, the error is raised at once. The
    function must leave its arguments fit for another call.
    """

    @wraps(function)
    def repeat(*args: P.args, **kwargs: P.kwargs) -> T:
        for tries in range(1, TRIES):
            try:
                return function(*args, **kwargs)
            except OperationalError as error:
                if connection.in_atomic_block or not is_deadlock(error):
                    raise
            pause(after=tries)
        return function(*args, **kwargs)

    return repeat
