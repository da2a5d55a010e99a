"""Constants written into the SQL text."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Value


class Literal(Value):
    """A constant written into the SQL text instead of passed as a parameter.

    SQLite uses a partial index only if the statement contains the condition of the index; it
    ignores parameters. Never use it for user input.
    """

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """The value as SQL: an integer, or a quoted string."""
        if isinstance(self.value, int):
            return str(self.value), []
        return "'{}'".format(str(self.value).replace("'", "''")), []


class KeyList(Value):
    """Keys of rows written into the SQL text, for lookups with `__in`.

    A parameter costs ten microseconds in Django and psycopg: hundreds of hotels in each query of a
    page are tens of milliseconds.
    """

    def __init__(self, keys: Iterable[int]) -> None:
        super().__init__(tuple(keys))

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """The keys as SQL. Raises EmptyResultSet without any: nothing is among them."""
        if not self.value:
            raise EmptyResultSet
        return f"({', '.join(str(int(key)) for key in self.value)})", []
