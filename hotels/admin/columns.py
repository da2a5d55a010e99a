"""List columns for money, times and related rows, in currency and time zone of the row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from hotels import formats
from hotels.roles import hotel_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Reader = Callable[[Any], str]
Column = Any  # a Reader; Django's stubs know columns by name only

# Classes of a link in a read-only field: unfold styles only its own.
LINK = "text-primary-600 dark:text-primary-500 underline"

# Column headings, shorter than the names of the fields.
INSTANTS = {
    "booked_at": _("booked"),
    "completed_at": _("completed"),
    "created_at": _("created"),
    "deadline": _("deadline"),
    "decided_at": _("decided"),
    "issued_at": _("issued"),
    "received_at": _("received"),
    "updated_at": _("updated"),
}


def row_currency(row: Any) -> str:
    """Return the currency of the row's amounts: its own, else that of its hotel."""
    return getattr(row, "currency", "") or hotel_of(row).currency


def money_column(field: str, *, currency: Reader = row_currency) -> Column:
    """Return a column that shows an amount with its currency, rounded to the minor unit."""

    # The field names are also verbose names of models, so the catalogues contain them.
    @admin.display(description=_(field.replace("_", " ")), ordering=field)
    def column(row: Any) -> str:
        return formats.amount(getattr(row, field), currency=currency(row))

    column.__name__ = field  # becomes the CSS class of the cell
    return column


def percent_column(field: str) -> Column:
    """Return a column that shows a rate in percent."""

    @admin.display(description=_(field.replace("_", " ")), ordering=field)
    def column(row: Any) -> str:
        return formats.percent(getattr(row, field), digits=4)

    column.__name__ = field
    return column


def number_column(field: str) -> Column:
    """Return a column that shows a number without zeros at its end, such as a quantity."""

    @admin.display(description=_(field.replace("_", " ")), ordering=field)
    def column(row: Any) -> str:
        return formats.exact_number(getattr(row, field))

    column.__name__ = field
    return column


def related_column(path: str, *, label: _StrOrPromise) -> Column:
    """Return a column of a related row; Django would use the untranslated path as heading."""

    @admin.display(description=label, ordering=path)
    def column(row: Any) -> Any:
        return reduce(getattr, path.split("__"), row)

    column.__name__ = path
    return column


def hotel_column(path: str) -> Column:
    """Return a column that shows the row's hotel, found through `path`."""
    return related_column(path, label=_("hotel"))


def instant_column(field: str, *, label: _StrOrPromise = "") -> Column:
    """Return a column that shows date and time at the hotel, with UTC as tooltip.

    The heading, not every cell, says that the times are those of the hotel.
    """

    @admin.display(
        description=format_lazy(_("{label} (hotel time)"), label=label or INSTANTS[field]),
        ordering=field,
        empty_value="-",
    )
    def column(row: Any) -> str:
        value: datetime | None = getattr(row, field)
        if value is None:
            return ""
        return format_html(
            '<time datetime="{}" title="{}">{}</time>',
            value.isoformat(),
            formats.in_utc(value),
            formats.format_instant(value, zone=hotel_of(row).zone),
        )

    column.__name__ = field
    return column
