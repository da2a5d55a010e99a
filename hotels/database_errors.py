"""Kinds of errors of the database: locks, duplicates, read-only databases."""

from collections.abc import Iterator

from django.db import OperationalError

# SQLSTATE codes of PostgreSQL.
_LOCK_NOT_AVAILABLE = "55P03"
_UNIQUE_VIOLATION = "23505"
_READ_ONLY = "25006"
_READ_ONLY_IN_SQLITE = "attempt to write a readonly database"
READ_ONLY = "The database is read-only; use one that can be written, such as the primary server."


class ReadOnlyDatabase(OperationalError):
    """Something was to be written in a database that is read-only."""

    def __init__(self) -> None:
        super().__init__(READ_ONLY)


def is_lock_timeout(error: BaseException) -> bool:
    """True if a statement waited for a lock for longer than `lock_timeout`."""
    return _LOCK_NOT_AVAILABLE in _codes(error)


def is_duplicate(error: BaseException) -> bool:
    """True if PostgreSQL refused a row because another one has its unique values."""
    return _UNIQUE_VIOLATION in _codes(error)


def is_read_only(error: BaseException) -> bool:
    """True if something was to be written in a standby or another database that is read-only."""
    if isinstance(error, ReadOnlyDatabase):
        return True
    return _READ_ONLY in _codes(error) or _READ_ONLY_IN_SQLITE in str(error)


def _codes(error: BaseException | None) -> Iterator[str | None]:
    """The SQLSTATE codes of an error and its causes."""
    while error is not None:
        yield getattr(error, "sqlstate", None)
        error = error.__cause__
