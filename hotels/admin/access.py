"""What the person of a request may do, read once a request."""

from django.http import HttpRequest

from hotels.roles import Access, access_of


def request_access(request: HttpRequest) -> Access:
    """The roles of the request's user: one query a request, however often a page asks."""
    known: Access | None = getattr(request, "hotel_access", None)
    if known is None:
        known = access_of(request.user)
        request.hotel_access = known  # type: ignore[attr-defined]
    return known
