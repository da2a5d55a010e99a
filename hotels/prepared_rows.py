"""Queries for rows by their keys, compiled by Django once and not for every hotel.

    _PAID = PreparedRows(
        lambda keys: Payment.objects.filter(folio__in=keys).values_list("folio_id", "amount")
    )
    for folio_id, amount in _PAID.read(keys): ...

To compile such a query takes Django several times as long as PostgreSQL takes to run it.
"""

from collections.abc import Callable, Collection
from functools import cached_property
from inspect import signature
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet

from hotels.prepared import prepared_cursor

# The first keys while the query is compiled; the others are the numbers below it. No row has them.
_KEY = -7_130_417


class PreparedRows:
    """A query that depends on collections of keys alone, with a `values_list` of columns."""

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build

    def read(self, *keys: Collection[int]) -> list[tuple[Any, ...]]:
        """The rows for these keys, in one query; none without any key."""
        if not any(keys):
            return []
        if connection.vendor != "postgresql":
            return list(self._build(*keys))
        statement, parameters, compiler, converters = self._compiled
        arrays = {_KEY - place: _array(each) for place, each in enumerate(keys)}
        values = [arrays.get(value, value) for value in parameters]
        with prepared_cursor() as cursor:
            cursor.execute(statement, values)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        if not converters:
            return rows
        return [tuple(row) for row in compiler.apply_converters(rows, converters)]

    @cached_property
    def _compiled(self) -> tuple[str, tuple[Any, ...], Any, Any]:
        """The statement with its parameters, and how to read its columns."""
        count = len(signature(self._build).parameters)
        kept = [_KEY - place for place in range(count)]
        compiler = self._build(*([key] for key in kept)).query.get_compiler(DEFAULT_DB_ALIAS)
        text, parameters = compiler.as_sql()
        pieces = text.split("%s")
        for place, value in enumerate(parameters):
            if value in kept:
                before, after = pieces[place], pieces[place + 1]
                assert (before[-4:], after[:1]) == ("IN (", ")"), text
                pieces[place] = f"{before.removesuffix('IN (')}= ANY("
                pieces[place + 1] = f"::bigint[]{after}"
        converters = compiler.get_converters([column[0] for column in compiler.select])
        return "%s".join(pieces), tuple(parameters), compiler, converters


def _array(keys: Collection[int]) -> str:
    return f"{{{','.join(map(str, keys))}}}"
