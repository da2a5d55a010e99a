"""Bulk writes in which one bad row does not stop the others (domain rule 0)."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import (
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    transaction,
)

T = TypeVar("T")
Checkpoint = Callable[[], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Failure(Generic[T]):
    """A row that could not be written, and the error."""

    row: T
    error: Exception

    @property
    def reason(self) -> str:
        """The error in one line."""
        return in_one_line(self.error)


def in_one_line(error: Exception) -> str:
    """The first line of an error's message, for users; only the kind of a database's error.

    The messages of databases contain SQL and values of other rows.
    """
    if isinstance(error, DatabaseError):
        return f"The database refused it ({type(error).__name__})."
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def no_checkpoint() -> None:
    """Do nothing: the work cannot be stopped between two savepoints."""


def write_isolated(
    rows: Sequence[T],
    *,
    write: Callable[[Sequence[T]], None],
    checkpoint: Checkpoint = no_checkpoint,
) -> list[Failure[T]]:
    """Write all rows in one savepoint; if that fails, halve them until each bad row is isolated.

    Returns the bad rows. Without one there is a single savepoint; one bad row in n costs about
    2·log₂ n more. A failing half is rolled back completely, including numbers that `write` took
    from a counter. `checkpoint` is called before each savepoint; its exceptions are not caught.
    Raises OperationalError, InterfaceError and InternalError (lost connection, deadlock, time-out,
    read-only database), because no single row causes them.
    """
    if not rows:
        return []
    checkpoint()
    try:
        with transaction.atomic():
            write(rows)
    except (OperationalError, InterfaceError, InternalError):
        raise
    except Exception as error:  # noqa: BLE001  every kind of bad row is recorded, not only the expected ones
        if len(rows) == 1:
            _log.warning("A row could not be written: %s: %s", type(error).__name__, error)
            return [Failure(row=rows[0], error=error)]
        middle = len(rows) // 2
        return write_isolated(rows[:middle], write=write, checkpoint=checkpoint) + write_isolated(
            rows[middle:], write=write, checkpoint=checkpoint
        )
    return []
