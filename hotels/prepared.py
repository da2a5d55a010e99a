"""Statements that are run for every hotel: compiled once, and planned once a connection.

To plan and run such a statement takes PostgreSQL two to three times as long as to run it, and the
client twice as long to write the values into the text as to send them beside it. Building and
compiling it takes Django longer than PostgreSQL takes to answer it.
"""

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField, Expression, F, Field, Func, Model, QuerySet
from django.db.transaction import TransactionManagementError

# Runs of a statement in a connection before it is prepared.
THRESHOLD = 3
# What `locked()` adds to a query on PostgreSQL, and never on SQLite: it takes a transaction.
LOCKING = (" FOR UPDATE", " FOR NO KEY UPDATE")


def prepared_cursor(*, using: str = DEFAULT_DB_ALIAS) -> CursorWrapper:
    """A cursor that sends values beside the text, and prepares a statement that comes often.

    Use it in a `with` statement. On SQLite it is an ordinary one: Python keeps statements there. A
    pooler that changes the session with each transaction would lose what is prepared. Where queries
    are logged it is an ordinary one too: the text of a prepared one would be missing.
    """
    database = connections[using]
    cursor = database.cursor()
    if database.vendor == "postgresql" and not database.queries_logged:
        session: Any = database.connection
        if not settings.TRANSACTION_POOLING:
            session.prepare_threshold = THRESHOLD  # other cursors never prepare
        driver: Any = database.Database  # type: ignore[attr-defined]  # missing in the stubs
        cursor.cursor = driver.Cursor(session)
    return cursor


class Given(Expression):
    """A value that is given when the query is run; `field` says how the database takes it."""

    def __init__(self, name: str, *, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """A placeholder, and what to put there when the query is run."""
        return "%s", (self,)

    def parameter(self, value: Any, database: BaseDatabaseWrapper) -> Any:
        """The value as the database takes it."""
        return self.output_field.get_db_prep_value(value, database)


class Among(Func):
    """A condition: `column` holds one of the keys that are given as `keys` when the query is run.

    ```
    FolioLine.objects.filter(Among("folio", keys="folios"))
    ```
    """

    output_field = BooleanField()

    def __init__(self, column: str, *, keys: str) -> None:
        super().__init__(F(column))
        self.keys = _GivenKeys(keys)

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> tuple[str, Any]:
        """The condition, with one placeholder for all keys."""
        (column,) = self.get_source_expressions()
        text, parameters = compiler.compile(column)
        one_of = (
            "= ANY(%s::bigint[])"
            if connection.vendor == "postgresql"
            else "IN (SELECT value FROM json_each(%s))"
        )
        return f"{text} {one_of}", (*parameters, self.keys)


class _GivenKeys(NamedTuple):
    """The place of a collection of keys among the parameters of a statement."""

    name: str

    def parameter(self, value: Collection[int], database: BaseDatabaseWrapper) -> str:
        """The keys as one text, whose type does not depend on their size as that of a list does."""
        opening, closing = "{}" if database.vendor == "postgresql" else "[]"
        return f"{opening}{','.join(map(str, value))}{closing}"


class _Compiled(NamedTuple):
    statement: str
    parameters: tuple[Any, ...]
    collections: frozenset[str]
    converters: tuple[tuple[int, tuple[list[Callable[..., Any]], Any]], ...]
    locks: bool


class CompiledQuery:
    """A query whose `build` returns the rows wanted, with what differs between runs given by name.

    ```
    STAFF = CompiledQuery(lambda: Staff.objects.filter(hotel_id=HOTEL).values_list("pk", "name"))
    STAFF.rows(hotel=hotel.pk)
    ```

    Values are `Given`, and `Among` compares with a collection of keys. A query with `Among` must
    have no rows without any key. The rows are tuples, in the order of `values_list`. `build` is
    called once a database, at the first run, so its conditions must depend on nothing but what is
    given.
    """

    def __init__(self, build: Callable[[], "QuerySet[Any, Any]"]) -> None:
        self._build = build
        self._model: type[Model] | None = None
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        """Run the query on the database that reads go to now; takes no query without any key.

        Raises KeyError if a value is missing, and what the query itself raises: an exception of
        the database, or TransactionManagementError if it locks rows outside a transaction.
        """
        alias, compiled = self._for_reading()
        if compiled.collections and not any(given[name] for name in compiled.collections):
            return []
        database = connections[alias]
        if compiled.locks and not database.in_atomic_block:
            raise TransactionManagementError("Rows are locked in a transaction only.")
        values = [
            part.parameter(given[part.name], database)
            if isinstance(part, Given | _GivenKeys)
            else part
            for part in compiled.parameters
        ]
        with prepared_cursor(using=alias) as cursor:
            cursor.execute(compiled.statement, values)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return _converted(found, compiled, database) if compiled.converters else found

    def _for_reading(self) -> tuple[str, _Compiled]:
        alias = None if self._model is None else router.db_for_read(self._model)
        if alias in self._compiled:
            return alias, self._compiled[alias]
        queryset = self._build()
        compiler = queryset.query.get_compiler(using=queryset.db)
        statement, parameters = compiler.as_sql()
        columns = [column for column, _, _ in compiler.select[: compiler.col_count]]
        self._model = queryset.model
        compiled = self._compiled[queryset.db] = _Compiled(
            statement,
            tuple(parameters),
            frozenset(part.name for part in parameters if isinstance(part, _GivenKeys)),
            tuple(compiler.get_converters(columns).items()),
            locks=any(words in statement for words in LOCKING),
        )
        return queryset.db, compiled


def _converted(
    found: list[tuple[Any, ...]], compiled: _Compiled, database: BaseDatabaseWrapper
) -> list[tuple[Any, ...]]:
    """The rows with the values that Django would return: SQLite knows neither dates nor amounts."""
    rows = [list(row) for row in found]
    for place, (converters, column) in compiled.converters:
        for row in rows:
            for convert in converters:
                row[place] = convert(row[place], column, database)
    return [tuple(row) for row in rows]
