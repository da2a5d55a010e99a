"""Stored result and changes of an execution, formatted for a page: figures, tables, links.

The job's result class declares how each value is formatted. Undeclared values, of an older version
or a job no longer in the project, are shown as plain text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from hotels import formats
from hotels.console.object_pages import ObjectKey, object_page, pages_of
from hotels.roles import Access
from jobs import registry
from jobs.console.labels import field_label, kind_label
from jobs.models import JobExecution
from jobs.result_fields import Kind, ResultField, decimal_of, declared_fields

PLAIN_TEXT = ResultField(kind=Kind.TEXT)
ROWS_SHOWN = 100
Pages = Mapping[ObjectKey, str]
NO_PAGES: Pages = MappingProxyType({})
_NONE: ObjectKey = ("", 0)
# The words in front of an object's name in the lines that need attention.
_BEFORE_NAMES = ("", "folio ", "invoice ", "Folio ")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A value of a result with its label."""

    label: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """A list of objects in a result; `more` rows are not shown.

    `urls` has the page of each row's object, empty for a row without one.
    """

    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    urls: tuple[str, ...]
    more: int

    @property
    def linked_rows(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Page, first cell and other cells of each row."""
        for url, (name, *others) in zip(self.urls, self.rows, strict=True):
            yield url, name, tuple(others)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line that needs attention, with a link on the name in it if `url` is not empty."""

    before: str
    name: str
    after: str
    url: str


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


def pages_for(execution: JobExecution, *, access: Access) -> Pages:
    """The pages of the objects in the result's lists that the user may open."""
    return pages_of(_references(execution), access=access)


def tables(execution: JobExecution, *, pages: Pages = NO_PAGES) -> tuple[Table, ...]:
    """The lists of objects in the result, without empty ones."""
    fields = registry.result_fields_of(execution.job_name)
    return tuple(
        _table(
            value,
            label=field_label(key, fields=fields),
            row=fields.get(key, PLAIN_TEXT).row,
            pages=pages,
        )
        for key, value in _lists(execution)
        if fields.get(key, PLAIN_TEXT).kind is not Kind.HIDDEN
    )


def attention_lines(execution: JobExecution, *, pages: Pages) -> tuple[Line, ...]:
    """The lines that need attention, with a link where a line names an object of the result."""
    urls: dict[str, set[str]] = {}
    for _key, rows in _lists(execution):
        for row in rows:
            if url := pages.get(_reference(row) or _NONE, ""):
                name = next((value for value in row.values() if isinstance(value, str)), "")
                urls.setdefault(name, set()).add(url)
    # A name that several objects have leads nowhere.
    names = {name: url for name, (url, *more) in urls.items() if not more}
    longest_first = sorted(names, key=len, reverse=True)
    return tuple(
        _line(text, names=longest_first, urls=names)
        for text in execution.metadata.get("attention", ())
    )


def _line(text: str, *, names: Sequence[str], urls: Mapping[str, str]) -> Line:
    for name in names:
        before, found, after = text.partition(name)
        if name and found and before in _BEFORE_NAMES and after[:1] in (":", ",", " "):
            return Line(before=before, name=name, after=after, url=urls[name])
    return Line(before=text, name="", after="", url="")


def _lists(execution: JobExecution) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    for key, value in (execution.result or {}).items():
        if value and _is_empty_or_table(value):
            yield key, value


def _references(execution: JobExecution) -> Iterator[ObjectKey]:
    for _key, rows in _lists(execution):
        for row in rows:
            if (reference := _reference(row)) is not None:
                yield reference


def _reference(row: Mapping[str, Any]) -> ObjectKey | None:
    """The object of a row; None in rows of older versions and rows about nothing stored."""
    stored = row.get("reference")
    if isinstance(stored, Mapping) and isinstance(stored.get("id"), int):
        return str(stored.get("model")), stored["id"]
    return None


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


def _table(
    rows: Sequence[Mapping[str, Any]],
    *,
    label: str,
    row: type | None,
    pages: Pages,
) -> Table:
    fields = declared_fields(row) if row else {"id": ResultField(kind=Kind.HIDDEN)}
    keys = [
        key
        for key in dict.fromkeys(key for each in rows for key in each)
        if fields.get(key, PLAIN_TEXT).kind not in (Kind.HIDDEN, Kind.REFERENCE)
        and key != "reference"
    ]
    cells = [
        tuple(_formatted(each.get(key, ""), fields.get(key, PLAIN_TEXT)) for key in keys)
        for each in rows[:ROWS_SHOWN]
    ]
    return Table(
        label=label,
        columns=tuple(field_label(key, fields=fields) for key in keys),
        rows=tuple(cells),
        urls=tuple(pages.get(_reference(each) or _NONE, "") for each in rows[:ROWS_SHOWN]),
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
    return Link(label=item["label"], note=item["note"], url=object_page(item["model"], item["id"]))
