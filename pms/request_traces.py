"""A span for each request."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from hotels.tracing import mark_failed, span
from pms.request_ids import current_request_id

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestTraceMiddleware:
    """Traces requests by their route: a path can hold a token."""

    def __init__(self, get_response: GetResponse) -> None:
        if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
            raise MiddlewareNotUsed
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        method = str(request.method)
        with span(method, http__request__method=method, request_id=current_request_id()) as made:
            response = self._get_response(request)
            route = request.resolver_match.route if request.resolver_match else "unknown"
            if made is not None:
                made.update_name(f"{method} /{route}")
                made.set_attribute("http.route", f"/{route}")
                made.set_attribute("http.response.status_code", response.status_code)
            if response.status_code >= 500:
                mark_failed(made, str(response.status_code))
            return response
