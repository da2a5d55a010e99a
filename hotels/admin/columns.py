"""How lists show money and instants: in the hotel's currency and on the hotel's clock."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin

from hotels import money
from hotels.roles import hotel_of

Reader = Callable[[Any], str]
Column = Any  # a Reader; Django's stubs know columns by name only


def hotel_currency(row: Any) -> str:
    """What the row's hotel counts in."""
    return hotel_of(row).currency


def money_column(field: str, *, currency: Reader = hotel_currency) -> Column:
    """An amount with its currency, to the minor unit."""

    @admin.display(description=field.replace("_", " "), ordering=field)
    def column(row: Any) -> str:
        return money.in_words(getattr(row, field), currency=currency(row))

    column.__name__ = field  # the class of the cell
    return column


def instant_column(field: str, *, label: str = "") -> Column:
    """An instant as the hotel's wall clock showed it, with the zone's abbreviation."""

    @admin.display(
        description=label or field.removesuffix("_at").replace("_", " "),
        ordering=field,
        empty_value="-",
    )
    def column(row: Any) -> str:
        value: datetime | None = getattr(row, field)
        if value is None:
            return ""
        return value.astimezone(hotel_of(row).zone).strftime("%Y-%m-%d %H:%M %Z")

    column.__name__ = field
    return column
