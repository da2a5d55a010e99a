"""Limits on the size of requests."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from hotels.http.middleware import is_api
from pms.error_pages import error_response

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestSizeMiddleware:
    """Refuses requests whose Content-Length exceeds the limit, before the body is read.

    Django treats a request without Content-Length as empty.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = str(request.META.get("CONTENT_LENGTH") or "")
        if length.isdecimal() and int(length) > _limit(request):
            return error_response(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return self._get_response(request)


def _limit(request: HttpRequest) -> int:
    """The largest size in bytes."""
    # REST framework reads bodies from the stream and bypasses Django's own limit. The cron routes
    # never read the body.
    api = is_api(request) and not request.path.startswith("/api/cron/")
    limit: int = settings.MAX_API_REQUEST_BYTES if api else settings.MAX_REQUEST_BYTES
    return limit
