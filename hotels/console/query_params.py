"""Parsing of query strings; invalid values are ignored."""

from collections.abc import Container
from datetime import date

from django.http import HttpRequest

from hotels.parsing import parse_date


def day_param(request: HttpRequest, name: str, *, default: date) -> date:
    """Return the date of `?name=2026-07-15`; `default` when it is missing or invalid."""
    return parse_date(request.GET.get(name, "")) or default


def choice_param(request: HttpRequest, name: str, *, among: Container[str]) -> str | None:
    """Return the value of `?name=`; None when it is not one of `among`."""
    value = request.GET.get(name, "")
    return value if value in among else None
