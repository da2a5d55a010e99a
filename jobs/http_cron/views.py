"""The view: authenticate, read `strict`, find the job, deliver. The request body is ignored."""

import logging
from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from psycopg_pool import PoolTimeout

from hotels.database_errors import READ_ONLY, is_read_only
from hotels.http.address import address_of
from hotels.http.attempts import Limit
from hotels.http.bearer import is_authorised
from hotels.http.problem import problem_response as problem
from hotels.i18n import counted
from jobs import registry
from jobs.http_cron.delivery import deliver_slot
from jobs.registry import UnknownJob

METHODS = ("GET", "POST")
# Calls without the secret from one address. Those with the secret are never refused.
REFUSALS = Limit(name="cron", allowed=10, window=timedelta(minutes=5))
RETRY_AFTER = 60  # seconds; the tick runs within this time as well
# For callers that look at the status alone; the values of `?strict=` and what they mean.
_STRICT = {(): False, ("false",): False, ("true",): True}
UNREACHABLE = (DatabaseError, InterfaceError, PoolTimeout)

logger = logging.getLogger(__name__)


@csrf_exempt
@never_cache
def deliver(request: HttpRequest, job_name: str) -> HttpResponse:
    """Run the current slot of a job for all hotels on its default schedule."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if not is_authorised(header=header, allowed=settings.CRON_SECRET):
        return _refuse(request)
    if request.method not in METHODS:
        return _not_allowed(request)
    strict = _STRICT.get(tuple(request.GET.getlist("strict")))
    if strict is None:
        return _bad_strict(request)
    try:
        job = registry.get(job_name)
    except UnknownJob as error:
        sentence = str(error)
        return problem(
            request=request,
            status=HTTPStatus.NOT_FOUND,
            detail=f"{sentence[0].upper()}{sentence[1:]}",
            code="not_found",
        )
    try:
        delivery = deliver_slot(
            job=job,
            now=timezone.now(),
            budget=settings.CRON_TIME_BUDGET,
            concurrency=settings.JOBS_CONCURRENCY,
        )
    except UNREACHABLE as error:
        logger.exception("Cron call for %s: the database does not answer", job.name)
        return _database_unavailable(request, error)
    progress = delivery.progress
    logger.info(
        "%s: %s of %s hotels done. %s", job.name, progress.done, progress.total, delivery.message
    )
    return JsonResponse(delivery.payload(), status=delivery.status(strict=strict))


def _refuse(request: HttpRequest) -> HttpResponse:
    address = address_of(request)
    try:
        wait = REFUSALS.take(address, now=timezone.now())
    except UNREACHABLE:
        wait = 0  # the call is refused anyway
    if wait:
        response = problem(
            request=request,
            code="throttled",
            status=HTTPStatus.TOO_MANY_REQUESTS,
            detail=f"Too many calls without the secret. Try again in {counted(wait, 'second')}.",
        )
        response["Retry-After"] = str(wait)
        return response
    reason = "the secret is missing or wrong" if settings.CRON_SECRET else "CRON_SECRET is not set"
    logger.warning("Refused a cron call from %s: %s", address, reason)
    response = problem(
        request=request,
        code="not_authenticated",
        status=HTTPStatus.UNAUTHORIZED,
        detail="Send the secret in the header: Authorization: Bearer SECRET.",
    )
    response["WWW-Authenticate"] = 'Bearer realm="cron"'
    return response


def _bad_strict(request: HttpRequest) -> HttpResponse:
    sentence = "Must be true or false, and be given only once."
    return problem(
        request=request,
        code="invalid",
        status=HTTPStatus.BAD_REQUEST,
        detail=f"strict: {sentence}",
        errors=[{"field": "strict", "detail": sentence, "code": "invalid"}],
    )


def _not_allowed(request: HttpRequest) -> HttpResponse:
    response = problem(
        request=request,
        code="method_not_allowed",
        status=HTTPStatus.METHOD_NOT_ALLOWED,
        detail="Use GET or POST.",
    )
    response["Allow"] = ", ".join(METHODS)
    return response


def _database_unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    reason = READ_ONLY if is_read_only(error) else "The database does not answer."
    response = problem(
        request=request,
        code="unavailable",
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        detail=f"{reason} The remaining hotels will run later.",
    )
    response["Retry-After"] = str(RETRY_AFTER)
    return response
