"""Middleware for requests below /api."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from hotels.http.problem import problem_response

GetResponse = Callable[[HttpRequest], HttpResponse]


def is_api(request: HttpRequest) -> bool:
    """True for requests to /api and to paths below it."""
    return request.path == "/api" or request.path.startswith("/api/")


class ApiMiddleware:
    """Accepts paths with and without a trailing slash.

    Where the site is reached over TLS, only the cron routes answer over plain HTTP: the machine's
    own crontab calls them past the proxy, with a secret.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request):
            return self._get_response(request)
        if _needs_tls(request):
            return _tls_needed(request)
        if request.path_info != "/":
            request.path_info = request.path_info.rstrip("/")
        return self._get_response(request)


def _needs_tls(request: HttpRequest) -> bool:
    cron = request.path.startswith("/api/cron/")
    return settings.SECURE_SSL_REDIRECT and not request.is_secure() and not cron


def _tls_needed(request: HttpRequest) -> HttpResponse:
    """A refusal, no redirect: a program that followed one would go on sending its token openly."""
    detail = "Use HTTPS."
    if "HTTP_AUTHORIZATION" in request.META:
        detail += " Revoke the token of this request: others may have read it on its way."
    return problem_response(
        request=request, status=HTTPStatus.FORBIDDEN, detail=detail, code="https_required"
    )
