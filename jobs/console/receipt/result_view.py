"""A stored result and its effects, made ready for a page: figures, tables, links.

What jobs store is known only by its shape: numbers and texts are figures, counts by name are told
in a line, lists of objects are tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.apps import apps
from django.urls import NoReverseMatch, reverse

from hotels import formats
from jobs.console.labels import field_label, kind_label
from jobs.models import JobExecution

_NOT_TOLD = frozenset({"hotelId", "currency"})
ROWS_SHOWN = 100
# Where a row has a page for people; others are shown by the admin.
_PAGES = {"hotels.Invoice": "hotels:invoice"}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number or text of a result."""

    label: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """A list of objects of a result, each with its reason; `more` are not shown."""

    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int


@dataclass(frozen=True, kw_only=True)
class Link:
    """An object a job changed; `url` is empty where there is no page of it."""

    label: str
    note: str
    url: str


@dataclass(frozen=True, kw_only=True)
class ChangedObjects:
    """The objects of one kind that were changed, the first hundred with links."""

    label: str
    count: int
    links: tuple[Link, ...]


def figures(execution: JobExecution) -> tuple[Figure, ...]:
    """The numbers and texts of the result."""
    result = execution.result or {}
    currency = result.get("currency", execution.hotel.currency)
    return tuple(
        Figure(label=field_label(name), value=_figure(name, value, currency=currency))
        for name, value in result.items()
        if name not in _NOT_TOLD and not isinstance(value, list)
    )


def tables(execution: JobExecution) -> tuple[Table, ...]:
    """The lists of the result that hold something."""
    result = execution.result or {}
    return tuple(
        _table(name, value)
        for name, value in result.items()
        if isinstance(value, list) and value and isinstance(value[0], Mapping)
    )


def changed_objects(execution: JobExecution) -> tuple[ChangedObjects, ...]:
    """What it changed, kind by kind."""
    return tuple(
        ChangedObjects(
            label=kind_label(kind),
            count=effect["count"],
            links=tuple(_link(item) for item in effect["objects"]),
        )
        for kind, effect in execution.effects.items()
        if effect["count"]
    )


def _figure(name: str, value: Any, *, currency: str) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{formats.number(n)} {field_label(key)}" for key, n in value.items())
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int | float):
        return formats.number(value)
    if name.startswith("total") and (amount := _decimal(value)) is not None:
        return formats.amount(amount, currency=currency)
    if name.endswith("Rate") and (rate := _decimal(value)) is not None:
        return formats.percent(rate, digits=2)
    return _text(value)


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = tuple(dict.fromkeys(key for row in rows for key in row if key != "id"))
    return Table(
        label=field_label(name),
        columns=tuple(field_label(column) for column in columns),
        rows=tuple(
            tuple(_text(row.get(column, "")) for column in columns) for row in rows[:ROWS_SHOWN]
        ),
        more=max(len(rows) - ROWS_SHOWN, 0),
    )


def _text(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return formats.number(value)
    try:
        return formats.day(date.fromisoformat(value))
    except (TypeError, ValueError):
        return str(value)


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(value)
    except (InvalidOperation, TypeError):
        return None


def _link(item: Mapping[str, Any]) -> Link:
    try:
        model = apps.get_model(item["model"])
        row = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        url = reverse(_PAGES.get(model._meta.label, row), args=[item["id"]])
    except (LookupError, NoReverseMatch):
        url = ""
    return Link(label=item["label"], note=item["note"], url=url)
