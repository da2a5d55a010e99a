"""How large a request may be."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from hotels.http.middleware import is_api
from pms.error_pages import error_response

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestSizeMiddleware:
    """Refuses what says that it is too large, before anything of it is read.

    What does not say its length is read as empty: Django goes by Content-Length.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = str(request.META.get("CONTENT_LENGTH") or "")
        if length.isdecimal() and int(length) > _at_most(request):
            return error_response(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return self._get_response(request)


def _at_most(request: HttpRequest) -> int:
    # REST framework reads bodies from the stream, past Django's own limit. What callers of the
    # cron routes send is never read.
    api = is_api(request) and not request.path.startswith("/api/cron/")
    at_most: int = settings.API_BYTES_AT_MOST if api else settings.REQUEST_BYTES_AT_MOST
    return at_most
