"""Every row of the project as data: two dumps are equal when nothing was written in between."""

from typing import Any

from django.apps import apps
from django.db import connection


def every_row(*, leave_out: frozenset[str] = frozenset()) -> dict[str, list[dict[str, Any]]]:
    """All rows of the apps `hotels` and `jobs` by model label, in the order of their keys.

    The columns are as the database has them: histories are dumped after each step, and to make
    models' values of them took most of their time. The last use of tokens and sessions is left out:
    reading notes it.
    """
    return {
        model._meta.label: _rows(model._meta.db_table, key=model._meta.pk.column)
        for label in ("hotels", "jobs")
        for model in apps.get_app_config(label).get_models()
        if model._meta.label not in leave_out
    }


def _rows(table: str, *, key: str) -> list[dict[str, Any]]:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {quote(table)} ORDER BY {quote(key)}")
        columns = [column[0] for column in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row.pop("last_used_at", None)
    return rows


ENGINE = frozenset({"jobs.JobRun", "jobs.JobExecution"})
