"""Field declarations for job results: kind, label and unit, for pages and statistics.

@result_dataclass
class WakeUpResult(JobResult):
    rooms_listed: int = fields.count(_("Rooms listed"))
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_METADATA_KEY = "result_field"

T = TypeVar("T")


class Kind(StrEnum):
    """The meaning of a value: decides its format on pages and whether statistics add it up."""

    COUNT = "count"
    MONEY = "money"
    PERCENT = "percent"
    DURATION = "duration"
    DATE = "date"
    TEXT = "text"
    BREAKDOWN = "breakdown"
    TABLE = "table"
    REFERENCE = "reference"
    HIDDEN = "hidden"


@dataclass(frozen=True, kw_only=True)
class ResultField:
    """The declaration of one field; `key`, `currency_key` and `weight_key` are keys of the JSON.

    `parts` are the labels of a breakdown by key, `row` is the class of a table's rows,
    `attention` the sentence shown while a table has rows; it takes `count`. `counts_problems` adds
    the result's problems to that count.
    """

    kind: Kind
    label: _StrOrPromise = ""
    key: str = ""
    stored: bool = True
    currency_key: str = ""
    weight_key: str = ""
    parts: Mapping[str, _StrOrPromise] = dataclasses.field(default_factory=dict)
    row: type | None = None
    attention: _StrOrPromise = ""
    counts_problems: bool = False


def count(label: _StrOrPromise, *, default: Any = MISSING) -> Any:
    """A whole number; statistics add it up by day."""
    return _field(ResultField(kind=Kind.COUNT, label=label), default=default)


def money(label: _StrOrPromise, *, currency: str = "currency", default: Any = MISSING) -> Any:
    """A Decimal in the currency named by the field `currency`; added up by day and currency."""
    declared = ResultField(kind=Kind.MONEY, label=label, currency_key=camel_case(currency))
    return _field(declared, default=default)


def percent(label: _StrOrPromise, *, weighted_by: str = "", default: Any = MISSING) -> Any:
    """A Decimal in hundredths; averaged over hotels, weighted by the field `weighted_by`."""
    declared = ResultField(kind=Kind.PERCENT, label=label, weight_key=camel_case(weighted_by))
    return _field(declared, default=default)


def duration(label: _StrOrPromise, *, default: Any = MISSING) -> Any:
    """A timedelta, stored in seconds."""
    return _field(ResultField(kind=Kind.DURATION, label=label), default=default)


def day(label: _StrOrPromise, *, default: Any = MISSING) -> Any:
    """A date."""
    return _field(ResultField(kind=Kind.DATE, label=label), default=default)


def text(label: _StrOrPromise, *, key: str = "", default: Any = MISSING) -> Any:
    """A text, or several; `key` is its name in the JSON where that is not the field's own."""
    return _field(ResultField(kind=Kind.TEXT, label=label, key=key), default=default)


def breakdown(
    label: _StrOrPromise, *, parts: Mapping[str, _StrOrPromise], default: Any = MISSING
) -> Any:
    """Counts by name, such as tasks by priority; `parts` has the label of each name."""
    return _field(ResultField(kind=Kind.BREAKDOWN, label=label, parts=parts), default=default)


def table(
    label: _StrOrPromise,
    *,
    row: type,
    attention: _StrOrPromise = "",
    counts_problems: bool = False,
    default: Any = MISSING,
) -> Any:
    """A tuple of `row` objects, whose fields are declared in the same way: they are the columns.

    With `attention`, the home page lists the result as needing attention while the table has
    rows: `ngettext_lazy("%(count)d folio …", "%(count)d folios …", "count")`. With
    `counts_problems` the sentence is also true of the objects among the result's problems: they are
    counted too, even if the execution failed.
    """
    declared = ResultField(
        kind=Kind.TABLE,
        label=label,
        row=row,
        attention=attention,
        counts_problems=counts_problems,
    )
    return _field(declared, default=default)


def reference(*, default: None) -> Any:
    """A `Reference` to the object a table's row is about; the default None is not stored.

    Pages link the first column of the row to it.
    """
    return _field(ResultField(kind=Kind.REFERENCE), default=default)


def hidden(*, default: Any = MISSING) -> Any:
    """A value stored for programs and not shown on pages, such as a primary key."""
    return _field(ResultField(kind=Kind.HIDDEN), default=default)


def not_stored(*, default: Any = MISSING) -> Any:
    """A value that only the result's own methods use: neither stored nor shown."""
    return _field(ResultField(kind=Kind.HIDDEN, stored=False), default=default)


@dataclass_transform(
    kw_only_default=True,
    frozen_default=True,
    field_specifiers=(
        count,
        money,
        percent,
        duration,
        day,
        text,
        breakdown,
        table,
        reference,
        hidden,
        not_stored,
        dataclasses.field,
    ),
)
def result_dataclass(cls: type[T]) -> type[T]:
    """Make a class with declared fields a frozen, keyword-only dataclass.

    Raises ValueError when a field names another one, as its currency or weight, that is missing.
    """
    made = dataclass(frozen=True, kw_only=True)(cls)
    declared = declared_fields(made)
    for key, field in declared.items():
        for other in (field.currency_key, field.weight_key):
            if other and other not in declared:
                raise ValueError(f"{cls.__name__}.{key} refers to the missing field {other}")
    return made


def declared_fields(cls: type) -> Mapping[str, ResultField]:
    """The declarations of a dataclass's stored fields by their keys in the JSON, in order."""
    declared = {
        stored_key(item): item.metadata[_METADATA_KEY]
        for item in dataclasses.fields(cls)
        if _METADATA_KEY in item.metadata
    }
    return MappingProxyType({key: field for key, field in declared.items() if field.stored})


def stored_key(item: dataclasses.Field[Any]) -> str:
    """The key of a dataclass field in the stored JSON: `rooms_freed` gives `roomsFreed`."""
    declared: ResultField | None = item.metadata.get(_METADATA_KEY)
    return (declared.key if declared else "") or camel_case(item.name)


def is_stored(item: dataclasses.Field[Any]) -> bool:
    """True if a dataclass field is part of the stored JSON."""
    declared: ResultField | None = item.metadata.get(_METADATA_KEY)
    return declared is None or declared.stored


def is_reference(item: dataclasses.Field[Any]) -> bool:
    """True if a dataclass field refers to an object."""
    declared: ResultField | None = item.metadata.get(_METADATA_KEY)
    return declared is not None and declared.kind is Kind.REFERENCE


def decimal_of(value: Any) -> Decimal | None:
    """A number of the stored JSON, where decimals are text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def camel_case(name: str) -> str:
    """`rooms_freed` as the JSON has it: `roomsFreed`."""
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def _field(declared: ResultField, *, default: Any) -> Any:
    return dataclasses.field(default=default, metadata={_METADATA_KEY: declared})
