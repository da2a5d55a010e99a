"""Stored result and changes of an execution, formatted for a page: figures, tables, links.

The job's result class declares how each value is formatted. Undeclared values, of an older version
or a job no longer in the project, are shown as plain text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.urls import NoReverseMatch, reverse

from hotels import formats
from jobs import registry
from jobs.console.labels import field_label, kind_label
from jobs.models import JobExecution
from jobs.result_fields import Kind, ResultField, decimal_of, declared_fields

PLAIN_TEXT = ResultField(kind=Kind.TEXT)
ROWS_SHOWN = 100
# Models with a console page; all others link to their admin page.
_PAGES = {"hotels.Invoice": "hotels:invoice"}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A value of a result with its label."""

    label: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """A list of objects in a result; `more` rows are not shown."""

    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int


@dataclass(frozen=True, kw_only=True)
class Link:
    """An object a job changed; `url` is empty if it has no page."""

    label: str
    note: str
    url: str


@dataclass(frozen=True, kw_only=True)
class ChangedObjects:
    """The changed objects of one kind: their number, and links to the first hundred."""

    label: str
    count: int
    links: tuple[Link, ...]


def figures(execution: JobExecution) -> tuple[Figure, ...]:
    """The values of the result that are not tables."""
    result, fields = execution.result or {}, registry.result_fields_of(execution.job_name)
    return tuple(
        Figure(
            label=field_label(key, fields=fields),
            value=_formatted(
                value, declared, result=result, hotel_currency=execution.hotel.currency
            ),
        )
        for key, value in result.items()
        if (declared := fields.get(key, PLAIN_TEXT)).kind is not Kind.HIDDEN
        and not _is_empty_or_table(value)
    )


def tables(execution: JobExecution) -> tuple[Table, ...]:
    """The lists of objects in the result, without empty ones."""
    result, fields = execution.result or {}, registry.result_fields_of(execution.job_name)
    return tuple(
        _table(value, label=field_label(key, fields=fields), row=fields.get(key, PLAIN_TEXT).row)
        for key, value in result.items()
        if value and _is_empty_or_table(value)
    )


def changed_objects(execution: JobExecution) -> tuple[ChangedObjects, ...]:
    """The objects the execution changed, by kind."""
    return tuple(
        ChangedObjects(
            label=kind_label(kind, job_name=execution.job_name),
            count=effect["count"],
            links=tuple(_link(item) for item in effect["objects"]),
        )
        for kind, effect in execution.effects.items()
        if effect["count"]
    )


def _is_empty_or_table(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def _table(rows: Sequence[Mapping[str, Any]], *, label: str, row: type | None) -> Table:
    fields = declared_fields(row) if row else {"id": ResultField(kind=Kind.HIDDEN)}
    keys = [
        key
        for key in dict.fromkeys(key for each in rows for key in each)
        if fields.get(key, PLAIN_TEXT).kind is not Kind.HIDDEN
    ]
    return Table(
        label=label,
        columns=tuple(field_label(key, fields=fields) for key in keys),
        rows=tuple(
            tuple(_formatted(each.get(key, ""), fields.get(key, PLAIN_TEXT)) for key in keys)
            for each in rows[:ROWS_SHOWN]
        ),
        more=max(len(rows) - ROWS_SHOWN, 0),
    )


def _formatted(
    value: Any,
    declared: ResultField,
    *,
    result: Mapping[str, Any] | None = None,
    hotel_currency: str = "",
) -> str:
    """A stored value in the reader's language; one that is not of the declared kind as text."""
    number = decimal_of(value)
    if declared.kind is Kind.BREAKDOWN and isinstance(value, Mapping):
        return ", ".join(f"{_plain_text(n)} {declared.parts.get(k, k)}" for k, n in value.items())
    if declared.kind is Kind.DATE and isinstance(value, str):
        return _date(value)
    if number is None:
        return _plain_text(value)
    if declared.kind is Kind.MONEY:
        currency = (result or {}).get(declared.currency_key)
        known = currency if isinstance(currency, str) else hotel_currency
        return formats.amount(number, currency=known) if known else _plain_text(value)
    if declared.kind is Kind.PERCENT:
        return formats.percent(number)
    if declared.kind is Kind.DURATION:
        return formats.format_duration(timedelta(seconds=float(number)))
    return _plain_text(value)


def _plain_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return formats.number(value)
    if isinstance(value, list):
        return ", ".join(_plain_text(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_plain_text(item)}" for key, item in value.items())
    return str(value)


def _date(value: str) -> str:
    try:
        return formats.date_of(date.fromisoformat(value))
    except ValueError:
        return value


def _link(item: Mapping[str, Any]) -> Link:
    try:
        model = apps.get_model(item["model"])
        row = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        url = reverse(_PAGES.get(model._meta.label, row), args=[item["id"]])
    except (LookupError, NoReverseMatch):
        url = ""
    return Link(label=item["label"], note=item["note"], url=url)
