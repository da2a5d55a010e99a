"""Limits on the size of requests, and bodies whose size is not given in advance."""

from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from hotels.http.middleware import is_api
from pms.error_pages import error_response

GetResponse = Callable[[HttpRequest], HttpResponse]


class _Refused(Exception):
    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class RequestSizeMiddleware:
    """Refuses requests that are too large, before the rest of the site reads them.

    Django treats a request without Content-Length as empty. A proxy that sends the body in chunks
    gives none: the body is read here, up to the limit, and then has a length.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            if "HTTP_TRANSFER_ENCODING" in request.META:
                _read_chunks(request)
            elif _declared_length(request) > _limit(request):
                raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except _Refused as refused:
            return error_response(request, refused.status)
        return self._get_response(request)


def _declared_length(request: HttpRequest) -> int:
    length = str(request.META.get("CONTENT_LENGTH") or "")
    return int(length) if length.isdecimal() else 0


def _read_chunks(request: HttpRequest) -> None:
    """Read the body to its end and give it a length; raises _Refused."""
    # A server that ends the stream where the body ends says so. Without that, reading to the end
    # would wait for the client's next request.
    if not request.META.get("wsgi.input_terminated"):
        raise _Refused(HTTPStatus.LENGTH_REQUIRED)
    limit = _limit(request)
    try:
        body = request.META["wsgi.input"].read(limit + 1)
    except OSError:  # the chunks are malformed, or the client is gone
        raise _Refused(HTTPStatus.BAD_REQUEST) from None
    if len(body) > limit:
        raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    request.META["CONTENT_LENGTH"] = str(len(body))
    # Django made this stream for a body of length 0, before any middleware.
    request._stream = BytesIO(body)


def _limit(request: HttpRequest) -> int:
    """The largest size in bytes."""
    # REST framework reads bodies from the stream and bypasses Django's own limit. The cron routes
    # never read the body.
    api = is_api(request) and not request.path.startswith("/api/cron/")
    limit: int = settings.MAX_API_REQUEST_BYTES if api else settings.MAX_REQUEST_BYTES
    return limit
