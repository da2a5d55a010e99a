"""How lists show money and instants: in the hotel's currency and on the hotel's clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from hotels import formats
from hotels.roles import hotel_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Reader = Callable[[Any], str]
Column = Any  # a Reader; Django's stubs know columns by name only

# Shorter than the names of the fields.
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


def hotel_currency(row: Any) -> str:
    """What the row's hotel counts in."""
    return hotel_of(row).currency


def money_column(field: str, *, currency: Reader = hotel_currency) -> Column:
    """An amount with its currency, to the minor unit."""

    # Models name their amounts with the same words, so the catalogues have them.
    @admin.display(description=_(field.replace("_", " ")), ordering=field)
    def column(row: Any) -> str:
        return formats.amount(getattr(row, field), currency=currency(row))

    column.__name__ = field  # the class of the cell
    return column


def related_column(path: str, *, label: _StrOrPromise) -> Column:
    """What a row shows of another: Django would head it with the path, in no language."""

    @admin.display(description=label, ordering=path)
    def column(row: Any) -> Any:
        return reduce(getattr, path.split("__"), row)

    column.__name__ = path
    return column


def hotel_column(path: str) -> Column:
    """The hotel of a row that knows it over `path`."""
    return related_column(path, label=_("hotel"))


def instant_column(field: str, *, label: _StrOrPromise = "") -> Column:
    """An instant as the hotel's wall clock showed it, with the zone's abbreviation."""

    @admin.display(
        description=label or INSTANTS[field],
        ordering=field,
        empty_value="-",
    )
    def column(row: Any) -> str:
        value: datetime | None = getattr(row, field)
        if value is None:
            return ""
        zone = hotel_of(row).zone
        return f"{formats.instant(value, zone=zone)} {value.astimezone(zone):%Z}"

    column.__name__ = field
    return column
