"""Constants that stand in a statement as such."""

from typing import Any

from django.db.models import Value


class Literal(Value):
    """A constant of the code, written into the SQL instead of sent beside it.

    SQLite takes a partial index only where the statement holds the index's own condition: it does
    not look at parameters. Never for what somebody typed in.
    """

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """The value in quotes, or as a number."""
        if isinstance(self.value, int):
            return str(self.value), []
        return "'{}'".format(str(self.value).replace("'", "''")), []
