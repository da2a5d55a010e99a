"""What holds for every request below /api, before a view sees it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from jobs.web.problem import answer

Next = Callable[[HttpRequest], HttpResponse]


def is_api(request: HttpRequest) -> bool:
    """Whether a program is spoken to."""
    return request.path == "/api" or request.path.startswith("/api/")


class ApiRequests:
    """Takes both slash forms of a path without a redirect, and refuses large bodies unread.

    REST framework reads bodies from the stream, past DATA_UPLOAD_MAX_MEMORY_SIZE.
    """

    def __init__(self, get_response: Next) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request):
            return self._get_response(request)
        # Callers of cron routes send what they like; it is never read.
        if _announced(request) > settings.API_LARGEST_BODY and not _is_cron(request):
            detail = f"The body is larger than {settings.API_LARGEST_BODY} bytes."
            return answer(request=request, status=413, detail=detail, code="too_large")
        if request.path_info != "/":
            request.path_info = request.path_info.rstrip("/")
        response = self._get_response(request)
        # What is told depends on who asks: no cache between may keep it.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def _is_cron(request: HttpRequest) -> bool:
    return request.path.startswith("/api/cron/")


def _announced(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdecimal() else 0
