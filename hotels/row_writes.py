"""Inserts and updates of many rows in one statement.

On PostgreSQL all values go as one JSON text to a statement that is prepared: a parameter for each
value takes the client several times as long, and a CASE for each row, as `bulk_update` writes it,
takes the server ten times as long.
"""

import json
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Field, Model
from django.utils.functional import Promise

from hotels.prepared import prepared_cursor


def insert_rows(rows: Sequence[Model], *, ignore_conflicts: bool = False) -> None:
    """Store new rows of one model, as `bulk_create` does; takes no query without rows.

    They get their keys, unless `ignore_conflicts` leaves out those that exist already. Rows that
    they refer to must be stored.
    """
    if not rows:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql":
        model._base_manager.bulk_create(rows, ignore_conflicts=ignore_conflicts)
        return
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    for field in fields:
        if type(field).pre_save is not Field.pre_save:
            for row in rows:
                setattr(row, field.attname, field.pre_save(row, add=True))
    statement = _insert(model, ignore_conflicts=ignore_conflicts)
    with prepared_cursor() as cursor:
        cursor.execute(statement, [_json(rows, fields)])
        keys = [] if ignore_conflicts else cursor.fetchall()
    # In their order, as Django relies on it too.
    for row, (key,) in zip(rows, keys, strict=not ignore_conflicts):
        row.pk, row._state.adding, row._state.db = key, False, connection.alias


def update_rows(rows: Sequence[Model], columns: Sequence[str]) -> None:
    """Write these columns of stored rows of one model; takes no query without rows.

    The rows are locked already: an UPDATE locks them in no order of its own.
    """
    if not rows:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql":
        model._base_manager.bulk_update(rows, columns)
        return
    concrete = {field.name: field for field in model._meta.concrete_fields}
    fields = [concrete[name] for name in (model._meta.pk.name, *columns)]
    with prepared_cursor() as cursor:
        cursor.execute(_update(model, tuple(columns)), [_json(rows, fields)])


@lru_cache(maxsize=64)
def _insert(model: type[Model], *, ignore_conflicts: bool) -> str:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(map(_quoted, fields))
    ending = " ON CONFLICT DO NOTHING" if ignore_conflicts else f" RETURNING {_quoted_key(model)}"
    return f"INSERT INTO {_table(model)} ({names}) SELECT {names} FROM {_new(fields)}{ending}"  # noqa: S608  names of our own columns


@lru_cache(maxsize=64)
def _update(model: type[Model], columns: tuple[str, ...]) -> str:
    concrete = {field.name: field for field in model._meta.concrete_fields}
    fields = [concrete[name] for name in columns]
    table, key = _table(model), _quoted_key(model)
    changes = ", ".join(f"{name} = new.{name}" for name in map(_quoted, fields))
    new = _new([model._meta.pk, *fields])
    return f"UPDATE {table} SET {changes} FROM {new} WHERE {table}.{key} = new.{key}"  # noqa: S608  names of our own columns


def _new(fields: "Sequence[Field[Any, Any]]") -> str:
    """The rows of a JSON parameter, with the types of the columns.

    Without their lengths: a cast would cut texts off.
    """
    typed = [f"{_quoted(each)} {(each.db_type(connection) or '').split('(')[0]}" for each in fields]
    return f"json_to_recordset(%s::json) AS new ({', '.join(typed)})"


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _quoted(field: "Field[Any, Any]") -> str:
    return connection.ops.quote_name(field.column or "")


def _quoted_key(model: type[Model]) -> str:
    return _quoted(model._meta.pk)


def _json(rows: Sequence[Model], fields: "Sequence[Field[Any, Any]]") -> str:
    names = [field.column for field in fields]
    values = map(attrgetter(*(field.attname for field in fields)), rows)
    records = [dict(zip(names, each, strict=True)) for each in values]
    return _ENCODER.encode(records)


def _plain(value: Any) -> str:
    """A value as the database reads it. Raises TypeError for one of another type."""
    if isinstance(value, Decimal | UUID | Promise):
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written.")


_ENCODER = json.JSONEncoder(default=_plain, allow_nan=False, separators=(",", ":"))
