"""Whether this process lives, and whether it is ready to work. Neither says anything inside."""

from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg_pool import PoolTimeout

from jobs.models import Tick

TICK_WITHIN = timedelta(minutes=3)


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, is migrated, and the tick came lately; else 503."""
    try:
        migrated = _is_migrated()
        checks = {"database": True, "migrations": migrated, "tick": migrated and _has_ticked()}
    except (DatabaseError, InterfaceError, PoolTimeout):
        checks = {"database": False, "migrations": False, "tick": False}
    well = all(checks.values())
    told = {name: "ok" if fine else "failed" for name, fine in checks.items()}
    return JsonResponse(
        {"status": "ok" if well else "failed", "checks": told}, status=200 if well else 503
    )


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _has_ticked() -> bool:
    return Tick.objects.filter(ticked_at__gte=timezone.now() - TICK_WITHIN).exists()
