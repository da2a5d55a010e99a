"""Whether the process lives (`/healthz`) and whether it can do its work (`/readyz`).

Answered before everything else: a probe calls by address, over plain HTTP, and has no session. The
answers name the checks and say ok or failed; why one failed is in the log.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from jobs.models import Tick

GetResponse = Callable[[HttpRequest], HttpResponse]
TICK_SEEN_WITHIN = timedelta(minutes=3)
CONNECT_WITHIN = 3  # seconds: a probe does not wait as long as a request may

logger = logging.getLogger(__name__)


class HealthMiddleware:
    """Answers the two paths; everything else goes on."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return _told({"status": "ok"}, ok=True)
        if request.path_info == "/readyz":
            return _ready()
        return self._get_response(request)


def _ready() -> HttpResponse:
    checks = {"database": _passed(_database)}
    # Without a database the others would only wait for it.
    for check in (_migrations, _tick):
        checks[check.__name__.lstrip("_")] = checks["database"] and _passed(check)
    ok = all(checks.values())
    words = {name: _word(passed) for name, passed in checks.items()}
    return _told({"status": _word(ok), "checks": words}, ok=ok)


def _word(passed: bool) -> str:
    return "ok" if passed else "failed"


def _told(content: dict[str, Any], *, ok: bool) -> HttpResponse:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return JsonResponse(content, status=200 if ok else 503, headers=headers)


def _passed(check: Callable[[], bool]) -> bool:
    try:
        passed = check()
    except Exception as error:  # noqa: BLE001  whatever it is, the check has not passed
        logger.warning("The check %s failed: %s", check.__name__.lstrip("_"), error)
        return False
    if not passed:
        logger.warning("The check %s failed.", check.__name__.lstrip("_"))
    return passed


def _database() -> bool:
    if connection.vendor != "postgresql":
        connection.ensure_connection()
        return True
    # Not from the pool, which would wait half a minute for a server that is down.
    probe = connection.copy()
    probe.settings_dict["OPTIONS"].pop("pool", None)
    probe.settings_dict["OPTIONS"]["connect_timeout"] = CONNECT_WITHIN
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
    """The migrations of this version of the code, and which others each stands for."""
    graph = MigrationLoader(None).graph
    return {key: set(migration.replaces) for key, migration in graph.nodes.items() if migration}


def _tick() -> bool:
    """A fresh install has not ticked: nobody does its work yet, so it is not ready."""
    return Tick.objects.filter(ticked_at__gte=timezone.now() - TICK_SEEN_WITHIN).exists()
