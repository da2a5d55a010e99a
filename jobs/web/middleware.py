"""What holds for every request below /api, before a view sees it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation

Next = Callable[[HttpRequest], HttpResponse]


def is_api(request: HttpRequest) -> bool:
    """Whether a program is spoken to."""
    return request.path == "/api" or request.path.startswith("/api/")


class ApiRequests:
    """Takes both slash forms of a path without a redirect, and answers in English."""

    def __init__(self, get_response: Next) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request):
            return self._get_response(request)
        if request.path_info != "/":
            request.path_info = request.path_info.rstrip("/")
        response = self._get_response(request)
        # What is told depends on who asks: no cache between may keep it.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    def process_view(self, request: HttpRequest, *view: Any) -> None:
        """Programs read one language: whatever the middleware before this chose for a person."""
        if is_api(request):
            translation.activate("en")
