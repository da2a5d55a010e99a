"""Write many rows in sets, yet let one bad row stop nobody (domain rule 0)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError, transaction

T = TypeVar("T")
Checkpoint = Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class Failure(Generic[T]):
    """One row that could not be written, and why."""

    row: T
    error: Exception

    @property
    def reason(self) -> str:
        """The error in one line."""
        return in_one_line(self.error)


def in_one_line(error: Exception) -> str:
    """What an error says, for a person: PostgreSQL adds the whole row on further lines."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def no_checkpoint() -> None:
    """Nobody wants to end the work between two savepoints."""


def write_isolated(
    rows: Sequence[T],
    *,
    write: Callable[[Sequence[T]], None],
    checkpoint: Checkpoint = no_checkpoint,
) -> list[Failure[T]]:
    """Write all rows at once in a savepoint; if that fails, halve until the bad ones stand alone.

    All good rows are a single savepoint, one bad among n costs about 2·log₂ n more. A failing half
    is rolled back whole, so numbers `write` takes from a counter are given back with it.
    Lost connections, deadlocks and time-outs are no fault of a row and are raised, and so is
    whatever `checkpoint` raises, which is called before each savepoint.
    """
    if not rows:
        return []
    checkpoint()
    try:
        with transaction.atomic():
            write(rows)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001  every kind of bad row is recorded, not only foreseen ones
        if len(rows) == 1:
            return [Failure(row=rows[0], error=error)]
        middle = len(rows) // 2
        return write_isolated(rows[:middle], write=write, checkpoint=checkpoint) + write_isolated(
            rows[middle:], write=write, checkpoint=checkpoint
        )
    return []
