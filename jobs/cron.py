"""The cron routes: a timer elsewhere fires a job over HTTP, for all hotels, each slot once.

Callers differ: GET or POST, any body or none, late, twice, gone after five seconds. So nothing of
the request is read but its path and its Authorization header, and the slot is claimed before any
work: whoever comes again finds the same run.
"""

import hmac
import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hotels.models import Hotel
from jobs import dispatch, registry, schedule, selectors
from jobs.base import Job
from jobs.models import Trigger
from jobs.registry import UnknownJob
from jobs.web.described import answers
from jobs.web.throttles import CronCalls, FailedAttempts

_log = logging.getLogger("jobs.cron")


class CronCaller:
    """Whoever knows a cron secret; no person."""

    is_authenticated = True
    is_active = True
    pk = None


class CronSecret(BaseAuthentication):
    """`Authorization: Bearer …` with one of the current secrets; without any, nobody gets in."""

    def authenticate(self, request: Request) -> tuple[CronCaller, None] | None:
        """The caller; raises AuthenticationFailed."""
        scheme, _, given = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        # Every secret is compared, each in constant time: the answer's time tells nothing.
        matches = [
            hmac.compare_digest(given.strip(), secret.encode()) for secret in settings.CRON_SECRET
        ]
        if not any(matches):
            raise AuthenticationFailed("The cron secret is wrong.")
        return CronCaller(), None

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return "Bearer"


class CronSecretScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema says it."""

    target_class = CronSecret
    name = "cronSecret"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "One of CRON_SECRET."}


class KnowsSecret(BasePermission):
    """Closed to everybody else, superusers with a session included."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the secret came."""
        return isinstance(request.user, CronCaller)


class AlwaysJson(BaseContentNegotiation):
    """Timers accept all sorts of things and read none."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> None:
        """None: a body is not parsed."""
        return

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """The first one, JSON."""
        first = next(iter(renderers))
        return first, first.media_type


class CronProgressSerializer(serializers.Serializer[Any]):
    """How many hotels stand where."""

    total = serializers.IntegerField()
    pending = serializers.IntegerField()
    running = serializers.IntegerField()
    completed = serializers.IntegerField()
    failed = serializers.IntegerField()
    skipped = serializers.IntegerField()


class CronAnswerSerializer(serializers.Serializer[Any]):
    """What the slot came to so far, over all hotels on the job's declared schedule."""

    success = serializers.BooleanField(help_text="Whether no hotel failed.")
    job = serializers.CharField()
    result = serializers.DictField(
        child=serializers.IntegerField(), help_text="The counts of all hotels added up."
    )
    scheduled_for = serializers.DateTimeField(help_text="The slot.")
    run_id = serializers.IntegerField(allow_null=True)
    done = serializers.BooleanField(help_text="Whether no hotel is left.")
    repeated = serializers.BooleanField(help_text="Whether this call found nothing left to do.")
    message = serializers.CharField()
    progress = CronProgressSerializer()


_DESCRIBED: dict[str, Any] = {
    "tags": ["cron"],
    "summary": "Fire a job for all hotels, each slot once",
    "description": "The body is never read. 200 when all hotels are done, 202 when some are left "
    "to the tick or the next call. The same slot again: the same run.",
    "request": None,
    "responses": answers({200: CronAnswerSerializer, 202: CronAnswerSerializer}, 404),
}


class CronView(APIView):
    """Claims the current slot of a job for all hotels and works it within the time budget."""

    http_method_names = ["get", "post"]  # no HEAD: it would fire
    authentication_classes = (CronSecret,)
    permission_classes = (KnowsSecret,)
    throttle_classes = (CronCalls,)
    content_negotiation_class = AlwaysJson
    parser_classes: Sequence[Any] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Before anything: an address that guessed too often waits."""
        FailedAttempts().refuse_flooded(request)
        super().initial(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        """Refused attempts are counted and logged, without what was given."""
        if isinstance(exc, (AuthenticationFailed, NotAuthenticated)):
            FailedAttempts().note(self.request)
            address = self.request.META.get("REMOTE_ADDR", "")
            _log.warning("refused a call of %s from %s", self.request.path, address)
        return super().handle_exception(exc)

    @extend_schema(operation_id="fireByGet", **_DESCRIBED)
    def get(self, request: Request, job_name: str) -> Response:
        """Vercel and others send GET."""
        return self._fire(job_name)

    @extend_schema(operation_id="fireByPost", **_DESCRIBED)
    def post(self, request: Request, job_name: str) -> Response:
        """The same."""
        return self._fire(job_name)

    def _fire(self, job_name: str) -> Response:
        job = _job(job_name)
        now = timezone.now()
        deadline = time.monotonic() + settings.CRON_TIME_BUDGET
        slot = schedule.latest_slot(expression=job.schedule, at=now)
        # Hotels with a schedule of their own are served by the tick.
        hotels = list(schedule.without_own(Hotel.objects.filter(active=True), job=job))
        firing = dispatch.fire(
            job=job,
            hotels=hotels,
            now=now,
            trigger=Trigger.HTTP_CRON,
            slot=slot,
            concurrency=settings.JOBS_CONCURRENCY,
            stop=lambda: time.monotonic() >= deadline,
        )
        repeated = bool(firing.outcomes) and all(each.repeated for each in firing.outcomes)
        told = _aggregate(job, slot=slot, hotels=hotels, repeated=repeated)
        _log.info("%s of %s: %s", job.name, slot.isoformat(), told["message"])
        return Response(told, status=200 if told["done"] else 202)


def _job(job_name: str) -> Job:
    try:
        return registry.get(job_name)
    except UnknownJob:
        raise Http404 from None


def _aggregate(
    job: Job, *, slot: datetime, hotels: Sequence[Hotel], repeated: bool
) -> dict[str, Any]:
    keys = [hotel.pk for hotel in hotels]
    rows = selectors.newest_attempts(job_name=job.name, slot=slot, hotel_ids=keys)
    counted = selectors.progress(rows=rows)
    return {
        "success": not counted.failed,
        "job": job.name,
        "result": selectors.counts_of_results(rows=rows),
        "scheduled_for": slot,
        "run_id": selectors.run_of_slot(job_name=job.name, slot=slot),
        "done": counted.done,
        "repeated": repeated,
        "message": _message(counted, repeated=repeated),
        "progress": asdict(counted) | {"total": counted.total},
    }


def _message(counted: selectors.Progress, *, repeated: bool) -> str:
    ended = counted.total - counted.pending - counted.running
    if not counted.total:
        return "There is no hotel to do it for."
    if counted.done:
        return f"{'already done' if repeated else 'done'}: {counted.total} hotels."
    return f"{ended} of {counted.total} hotels are done; the rest goes on."
