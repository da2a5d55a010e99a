"""Constants written into the SQL text."""

from typing import Any

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
