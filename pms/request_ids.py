"""A number for each request, in its response and in every line of the log that it causes."""

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]
HEADER = "X-Request-Id"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_current: ContextVar[str] = ContextVar("request_id", default="-")


def current_request_id() -> str:
    """The number of the request; `-` outside requests."""
    return _current.get()


class RequestIdMiddleware:
    """Takes the number that our own proxy gave the request, or gives it one."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _current.set(_given(request) or uuid.uuid4().hex)
        try:
            response = self._get_response(request)
            response.headers[HEADER] = _current.get()
        finally:
            _current.reset(token)
        return response


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to the records of the log; `-` outside requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        record.request_id = _current.get()
        return True


def _given(request: HttpRequest) -> str | None:
    """The number from a proxy of ours; a client could choose one to mislead who reads the log."""
    given = request.headers.get(HEADER, "")
    return given if settings.TRUSTED_PROXIES and _GIVEN.fullmatch(given) else None
