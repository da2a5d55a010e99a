"""What holds for every request below /api, before a view sees it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Next = Callable[[HttpRequest], HttpResponse]


def is_api(request: HttpRequest) -> bool:
    """Whether a program is spoken to."""
    return request.path == "/api" or request.path.startswith("/api/")


class ApiRequests:
    """Takes both slash forms of a path without a redirect."""

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
