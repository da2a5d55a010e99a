"""The page `/metrics`, for a Prometheus server that sends the token of METRICS_TOKEN."""

from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hotels.http.bearer import is_authorised
from jobs.metrics.exposition import exposition
from jobs.metrics.readings import read


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures of this moment. Raises Http404 if no token is set: the page is closed then."""
    if not settings.METRICS_TOKEN:
        raise Http404
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if not is_authorised(header=header, allowed=settings.METRICS_TOKEN):
        return HttpResponse(
            "Send the token in the header: Authorization: Bearer TOKEN.\n",
            status=HTTPStatus.UNAUTHORIZED,
            content_type="text/plain",
            headers={"WWW-Authenticate": 'Bearer realm="metrics"'},
        )
    text, content_type = exposition(
        read(now=timezone.now()), accept=request.META.get("HTTP_ACCEPT", "")
    )
    return HttpResponse(text, content_type=content_type)
