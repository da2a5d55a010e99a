"""Roles of a request's user, read once per request."""

from django.http import HttpRequest

from hotels.roles import Access, access_of


def request_access(request: HttpRequest) -> Access:
    """Return the roles of the request's user, cached on the request after one query."""
    cached: Access | None = getattr(request, "hotel_access", None)
    if cached is None:
        cached = access_of(request.user)
        request.hotel_access = cached  # type: ignore[attr-defined]
    return cached
