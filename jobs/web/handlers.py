"""Django's own error pages, as problems below /api and as plain pages elsewhere."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views import defaults

from jobs.web.middleware import is_api
from jobs.web.problem import answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """A request Django itself refuses: a wrong Host header, too many fields."""
    if not is_api(request):
        return defaults.bad_request(request, exception)
    detail = "The request cannot be read."
    return answer(request=request, status=400, detail=detail, code="bad_request")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """A forbidden page."""
    if not is_api(request):
        return defaults.permission_denied(request, exception)
    return answer(request=request, status=403, detail="It is forbidden.", code="permission_denied")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """A path that leads nowhere."""
    if not is_api(request):
        return defaults.page_not_found(request, exception)
    detail = "There is nothing at this path; /api/docs shows what there is."
    return answer(request=request, status=404, detail=detail, code="not_found")


def server_error(request: HttpRequest, *args: Any) -> HttpResponseBase:
    """A crash: the log says why, the answer does not."""
    if not is_api(request):
        return defaults.server_error(request)
    detail = "The server failed; the log says why."
    return answer(request=request, status=500, detail=detail, code="error")
