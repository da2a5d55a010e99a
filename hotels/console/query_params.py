"""What a query string asks a page for; nonsense asks for nothing."""

from collections.abc import Container
from datetime import date

from django.http import HttpRequest

# Far enough to both sides that a page may look months back and ahead of any of them.
YEARS = range(1970, 2200)


def day_param(request: HttpRequest, name: str, *, default: date) -> date:
    """`?name=2026-07-15`, else `default`."""
    try:
        day = date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return default
    return day if day.year in YEARS else default


def choice_param(request: HttpRequest, name: str, *, among: Container[str]) -> str | None:
    """`?name=choice`, where it is one of those there are."""
    value = request.GET.get(name, "")
    return value if value in among else None
