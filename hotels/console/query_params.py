"""Parsing of query strings; invalid values are ignored."""

from collections.abc import Container
from datetime import date

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from hotels.parsing import parse_date


def day_param(request: HttpRequest, name: str, *, default: date) -> date:
    """Return the date of `?name=2026-07-15`; `default` when it is missing or invalid."""
    return parse_date(request.GET.get(name, "")) or default


def choice_param(request: HttpRequest, name: str, *, among: Container[str]) -> str | None:
    """Return the value of `?name=`; None when it is not one of `among`."""
    value = request.GET.get(name, "")
    return value if value in among else None


def own_path(request: HttpRequest, url: str) -> str:
    """Return `url` if it is a path on this site, to redirect to; else an empty text."""
    own = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if own and url.startswith("/") else ""
