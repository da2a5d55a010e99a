"""Inserts and updates of many rows in one statement."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Field, Model
from django.utils.functional import Promise

from hotels.prepared import prepared_cursor


def insert_rows(rows: Sequence[Model]) -> None:
    """Insert new rows of one model and set their keys; takes no query without rows.

    For models whose fields do nothing when they are saved, and whose JSON columns hold plain JSON.
    On PostgreSQL the rows are one JSON text: as parameters, the values of a hundred cleans take
    Django and the driver four times as long. Raises what `bulk_create` raises.
    """
    if not rows:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql":
        model._base_manager.bulk_create(rows)
        return
    attributes, statement = _statement(model)
    values = [{name: getattr(row, name) for name in attributes} for row in rows]
    with prepared_cursor() as cursor:
        cursor.execute(statement, [_ENCODER.encode(values)])
        keys = cursor.fetchall()
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias


def update_rows(rows: Sequence[Model], columns: Sequence[str]) -> None:
    """Write these columns of stored rows of one model; takes no query without rows.

    The rows are locked already: an UPDATE locks them in no order of its own. On PostgreSQL the
    values are arrays: a CASE for each row, as `bulk_update` writes it, takes ten times as long.
    """
    if not rows:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql":
        model._base_manager.bulk_update(rows, columns)
        return
    concrete = {field.name: field for field in model._meta.concrete_fields}
    fields = [concrete[name] for name in (model._meta.pk.name, *columns)]
    key, *names = (connection.ops.quote_name(field.column or "") for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    statement = (
        f"UPDATE {table} SET {', '.join(f'{name} = new.{name}' for name in names)}"  # noqa: S608  names of our own columns
        f" FROM unnest({', '.join(map(_array, fields))}) AS new ({', '.join((key, *names))})"
        f" WHERE {table}.{key} = new.{key}"
    )
    values = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows]
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _array(field: "Field[Any, Any]") -> str:
    """A parameter with the type of the column, without its length: a cast would cut texts off."""
    kind = field.db_type(connection) or ""
    return f"%s::{kind.split('(')[0]}[]"


@lru_cache(maxsize=64)
def _statement(model: type[Model]) -> tuple[tuple[str, ...], str]:
    """The attributes that are inserted, and the statement that takes them as a JSON array.

    The columns have no length in it: a cast would cut texts off.
    """
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column or "") for field in fields)
    given = ", ".join(quote(field.attname) for field in fields)
    types = ", ".join(f"{quote(field.attname)} {_type(field)}" for field in fields)
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column or "")
    return tuple(field.attname for field in fields), (
        f"INSERT INTO {table} ({columns})"  # noqa: S608  names of our own columns
        f" SELECT {given} FROM json_to_recordset(%s::json) AS new ({types}) RETURNING {key}"
    )


def _type(field: "Field[Any, Any]") -> str:
    return (field.db_type(connection) or "").split("(")[0]


def _as_json(value: object) -> str:
    """Text from which PostgreSQL reads the value of a column: an instant with all its digits."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID | Promise):
        return str(value)
    raise TypeError(f"a column cannot be written from {type(value).__name__}")


_ENCODER = json.JSONEncoder(default=_as_json, allow_nan=False)
