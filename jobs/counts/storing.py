"""The statements that add executions to the stored counts and take them off again."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Max,
    Min,
    Q,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from jobs.models import BLOCK_SIZE, BlockCount, HotelCount, JobExecutionQuerySet, Status

GROUP = ("job_name", "trigger", "status", "has_problems")
_ADDED = ("number", "timed", "took")
_TIMED = Q(status__in=[Status.COMPLETED, Status.FAILED], started_at__isnull=False)
_TOOK = ExpressionWrapper(F("completed_at") - F("started_at"), output_field=DurationField())
_HAS_PROBLEMS = Case(
    When(problems__gt=0, then=Value(True)), default=Value(False), output_field=BooleanField()
)
Groups = Any  # a queryset of dictionaries, whose types differ with the annotations


def by_block(rows: JobExecutionQuerySet) -> Groups:
    """The numbers of `rows` by block and group, with the columns of BlockCount."""
    return _grouped(rows.annotate(block=F("pk") / BLOCK_SIZE), "block").annotate(
        timed=Count("pk", filter=_TIMED),
        took=Coalesce(Sum(_TOOK, filter=_TIMED), timedelta(), output_field=DurationField()),
        first_created_at=Min("created_at"),
        last_created_at=Max("created_at"),
    )


def _by_hotel(rows: JobExecutionQuerySet) -> Groups:
    return _grouped(rows, "hotel_id")


def _grouped(rows: JobExecutionQuerySet, by: str) -> Groups:
    rows = rows.order_by().annotate(has_problems=_HAS_PROBLEMS)
    return rows.values(by, *GROUP).annotate(number=Count("pk"))


def add(rows: JobExecutionQuerySet) -> None:
    """Add the executions of blocks that were not counted before."""
    key = ("block", *GROUP)
    columns = _names((*key, *_ADDED, "first_created_at", "last_created_at"))
    new = f"INSERT INTO {{table}} ({columns}) SELECT {columns} FROM {{found}}"  # noqa: S608
    _execute(new, model=BlockCount, groups=by_block(rows))
    key = ("hotel_id", *GROUP)
    columns = _names((*key, "number"))
    more = f"""
        INSERT INTO {{table}} ({columns}) SELECT {columns} FROM {{found}} WHERE true
        ON CONFLICT ({_names(key)}) DO UPDATE SET number = {{table}}.number + excluded.number
    """  # noqa: S608  made of constants
    _execute(more, model=HotelCount, groups=_by_hotel(rows))


def subtract(rows: JobExecutionQuerySet) -> None:
    """Take executions of counted blocks off; groups of blocks without any are deleted."""
    blocks = sorted({pk // BLOCK_SIZE for pk in rows.values_list("pk", flat=True)})
    if not blocks:
        return
    _subtract(BlockCount, groups=by_block(rows), key=("block", *GROUP), columns=_ADDED)
    _subtract(HotelCount, groups=_by_hotel(rows), key=("hotel_id", *GROUP), columns=("number",))
    BlockCount.objects.filter(block__in=blocks, number=0).delete()


def _subtract(
    model: type[BlockCount | HotelCount],
    *,
    groups: Groups,
    key: tuple[str, ...],
    columns: tuple[str, ...],
) -> None:
    less = ", ".join(f"{name} = {{table}}.{name} - found.{name}" for name in columns)
    same = " AND ".join(f'{{table}}."{name}" = found."{name}"' for name in key)
    fewer = f"UPDATE {{table}} SET {less} FROM {{found}} WHERE {same}"  # noqa: S608
    _execute(fewer, model=model, groups=groups)


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _execute(statement: str, *, model: type[BlockCount | HotelCount], groups: Groups) -> None:
    sql, values = groups.query.sql_with_params()
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(statement.format(table=table, found=f"({sql}) AS found"), values)
