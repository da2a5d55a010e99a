"""Middleware for requests below /api."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]


def is_api(request: HttpRequest) -> bool:
    """True for requests to /api and to paths below it."""
    return request.path == "/api" or request.path.startswith("/api/")


class ApiMiddleware:
    """Accepts paths with and without a trailing slash, and keeps responses out of shared caches."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request):
            return self._get_response(request)
        if request.path_info != "/":
            request.path_info = request.path_info.rstrip("/")
        response = self._get_response(request)
        # The response depends on the caller: a shared cache must not store it.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response
