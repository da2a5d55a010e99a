"""Page /admin/workers/: which workers there are, what they hold, and what waits for them."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from hotels.console.badges import Badge
from jobs import queue, registry
from jobs.alerts.access import worker_alerts
from jobs.alerts.messages import headline
from jobs.console.alerts.views import alert_badge
from jobs.console.live_page import LivePage
from jobs.models import Alert, AlertKind, AlertRule, JobExecution, WorkerProcess

POLL = 5000  # milliseconds


@dataclass(frozen=True, kw_only=True)
class WorkerRow:
    """A process as the page shows it; `held` is empty if it holds nothing."""

    process: WorkerProcess
    badge: Badge
    held: str
    held_since: datetime | None


class WorkersPage(LivePage):
    """All workers, for superusers: they work for every hotel."""

    template_name = "jobs/console/workers/list.html"
    fragment_name = "jobs/console/workers/fragment.html"
    title = _("Workers")
    needs_hotel = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Raise PermissionDenied for anybody but a superuser."""
        if not getattr(request.user, "is_superuser", False):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def rows(self) -> list[WorkerRow]:
        """The processes that are alive or were until lately, by machine."""
        alive = {process.pk for process in WorkerProcess.objects.at_work()}
        return [
            _row(process, is_alive=process.pk in alive) for process in WorkerProcess.objects.all()
        ]

    @cached_property
    def waiting(self) -> int:
        """The number of executions that could be started now."""
        return JobExecution.objects.ready(now=self.now).count()

    @cached_property
    def alerts(self) -> list[Alert]:
        """The open alerts about workers."""
        rows = worker_alerts(user=self.user, access=self.access)
        return list(rows.prefetch_related("parts__hotel"))

    @cached_property
    def held_back(self) -> int:
        """The number of those that wait because of a limit."""
        return queue.held_back()

    def version(self) -> str:
        """Return what the page shows."""
        processes = [(row.process.pk, row.process.seen_at, row.badge.text) for row in self.rows]
        alerts = [(alert.pk, alert.acknowledged_at, alert.snoozed_until) for alert in self.alerts]
        return repr((processes, self.waiting, self.held_back, alerts))

    @staticmethod
    def _headline(alert: Alert) -> str:
        parts = [part for part in alert.parts.all() if part.recovered_at is None]
        return headline(alert, parts, {part.hotel_id: part.hotel for part in parts})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the processes, the numbers of what waits, and the alerts."""
        alive = [row.process for row in self.rows if row.badge.tone != "bad"]
        return super().get_context_data(
            rows=self.rows,
            is_used=queue.is_used(),
            alive=len(alive),
            per_minute=sum(process.per_minute for process in alive),
            waiting=self.waiting,
            unattended_since=queue.unattended_since(),
            alerts=[(alert, alert_badge(alert), self._headline(alert)) for alert in self.alerts],
            has_rule=AlertRule.objects.filter(enabled=True, kind=AlertKind.WORKER).exists(),
            held_back=self.held_back,
            utc=ZoneInfo("UTC"),
            poll=POLL,
            **kwargs,
        )


def _row(process: WorkerProcess, *, is_alive: bool) -> WorkerRow:
    holds = is_alive and process.taken_at is not None
    return WorkerRow(
        process=process,
        badge=_badge(process, is_alive=is_alive, holds=holds),
        held=registry.title_of(process.job_name) if holds else "",
        held_since=process.taken_at if holds else None,
    )


def _badge(process: WorkerProcess, *, is_alive: bool, holds: bool) -> Badge:
    if not is_alive:
        return Badge(tone="bad", icon="error", text=pgettext("worker", "stopped responding"))
    if process.draining:
        return Badge(tone="warn", icon="cancel", text=pgettext("worker", "stopping"))
    if holds:
        return Badge(tone="wait", icon="sync", text=pgettext("worker", "working"))
    return Badge(tone="good", icon="check_circle", text=pgettext("worker", "ready"))
