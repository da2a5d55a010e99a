"""Health endpoints: `/healthz` for liveness, `/readyz` for readiness.

They are answered before any other middleware runs: a probe calls by IP address, over plain HTTP and
without a session. The response says only whether each check passed; the reason is in the log.
"""

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from jobs.models import Tick

GetResponse = Callable[[HttpRequest], HttpResponse]
CONNECT_TIMEOUT = 3  # seconds; a probe must not wait as long as a request may

logger = logging.getLogger(__name__)


class HealthMiddleware:
    """Answers the two paths and passes on all other requests."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return answer(request.path_info) or self._get_response(request)


def answer(path: str) -> HttpResponse | None:
    """The response of a health endpoint; None if the path is no such endpoint."""
    if path == "/healthz":
        return _response({"status": "ok"}, ok=True)
    if path == "/readyz":
        return _ready()
    return None


def _ready() -> HttpResponse:
    checks = {"database": _passed(_database)}
    # Without a database the other checks would only wait for it.
    for check in (_migrations, _tick):
        checks[check.__name__.lstrip("_")] = checks["database"] and _passed(check)
    ok = all(checks.values())
    results = {name: _result(passed) for name, passed in checks.items()}
    return _response({"status": _result(ok), "checks": results}, ok=ok)


def _result(passed: bool) -> str:
    return "ok" if passed else "failed"


def _response(content: dict[str, Any], *, ok: bool) -> HttpResponse:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return JsonResponse(content, status=200 if ok else 503, headers=headers)


def _passed(check: Callable[[], bool]) -> bool:
    try:
        passed = check()
    except Exception as error:  # noqa: BLE001  any exception means that the check failed
        logger.warning("Readiness check %s failed: %s", check.__name__.lstrip("_"), error)
        return False
    if not passed:
        logger.warning("Readiness check %s failed.", check.__name__.lstrip("_"))
    return passed


def _database() -> bool:
    if connection.vendor != "postgresql":
        connection.ensure_connection()
        return True
    # A new connection: the pool would wait half a minute for a server that is down.
    probe = connection.copy()
    probe.settings_dict["OPTIONS"].pop("pool", None)
    probe.settings_dict["OPTIONS"]["connect_timeout"] = CONNECT_TIMEOUT
    try:
        probe.ensure_connection()
    finally:
        probe.close()
    return True


def _migrations() -> bool:
    applied = MigrationRecorder(connection).applied_migrations()
    return all(
        key in applied or bool(replaces and replaces <= applied.keys())
        for key, replaces in _on_disk().items()
    )


@cache
def _on_disk() -> dict[tuple[str, str], set[tuple[str, str]]]:
    """The migrations of the installed code, each with the migrations it replaces."""
    graph = MigrationLoader(None).graph
    return {key: set(migration.replaces) for key, migration in graph.nodes.items() if migration}


def _tick() -> bool:
    """True if the tick ran recently; false on a new installation, which runs no jobs yet."""
    return Tick.objects.filter(ticked_at__gte=timezone.now() - Tick.MAX_AGE).exists()
