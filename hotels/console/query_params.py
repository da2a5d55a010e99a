"""Parsing of query strings; invalid values are ignored."""

from collections.abc import Container
from datetime import date

from django.http import HttpRequest

# Dates far enough from both ends of the calendar that a page can add or subtract months.
YEARS = range(1970, 2200)


def day_param(request: HttpRequest, name: str, *, default: date) -> date:
    """Return the date of `?name=2026-07-15`; `default` when it is missing or invalid."""
    try:
        day = date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return default
    return day if day.year in YEARS else default


def choice_param(request: HttpRequest, name: str, *, among: Container[str]) -> str | None:
    """Return the value of `?name=`; None when it is not one of `among`."""
    value = request.GET.get(name, "")
    return value if value in among else None
