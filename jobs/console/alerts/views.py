"""Alerts: the list of open and past ones, the page of one, acknowledge and snooze."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels.audit import Via
from hotels.console.badges import Badge
from hotels.console.base import ConsolePage
from hotels.errors import ActionRefused
from hotels.models import Hotel
from hotels.roles import Action
from hotels.text import refuse_unprintable
from jobs.alerts.access import alerts_of, parts_of
from jobs.alerts.alert_items import acknowledge_with_item, item_of, snooze_with_item
from jobs.alerts.messages import headline
from jobs.console.home.item_urls import item_url
from jobs.models import Alert, AlertKind, AlertPart, JobExecution

SHOWN = 100
SNOOZE_HOURS = (1, 4, 12, 24, 72)
UTC = ZoneInfo("UTC")


def alert_badge(alert: Alert) -> Badge:
    """Return the badge of the state of an alert."""
    if not alert.is_open:
        return Badge(tone="good", icon="check_circle", text=gettext("over"))
    if alert.snoozed_until is not None:
        return Badge(tone="off", icon="snooze", text=gettext("snoozed"))
    if alert.acknowledged_at is not None:
        return Badge(tone="warn", icon="person_check", text=gettext("acknowledged"))
    return Badge(tone="bad", icon="notifications_active", text=gettext("open"))


class AlertsPage(ConsolePage):
    """Base of the pages of alerts, for people who manage a hotel."""

    required_action = Action.CONFIGURE


class Alerts(AlertsPage):
    """`/admin/alerts/?state=past`: the open alerts, or the past ones, newest first."""

    title = _("Alerts")
    template_name = "jobs/console/alerts/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the alerts, with what happened in one line."""
        past = self.request.GET.get("state") == "past"
        found = alerts_of(user=self.user, access=self.access).filter(closed_at__isnull=not past)
        rows = list(found.select_related("rule").order_by("-opened_at", "-pk")[:SHOWN])
        parts = self._parts(rows)
        hotels = {hotel.pk: hotel for hotel in self._seen(parts)}
        return super().get_context_data(
            rows=[
                (row, alert_badge(row), headline(row, parts.get(row.pk, []), hotels))
                for row in rows
            ],
            past=past,
            **_clock(hotels.values()),
            **kwargs,
        )

    def _parts(self, rows: Sequence[Alert]) -> Mapping[int, list[AlertPart]]:
        found: dict[int, list[AlertPart]] = {}
        seen = self.access.narrow(AlertPart.objects.filter(alert__in=rows), action=Action.SEE)
        for part in seen.order_by("pk"):
            found.setdefault(part.alert_id, []).append(part)
        return found

    def _seen(self, parts: Mapping[int, list[AlertPart]]) -> list[Hotel]:
        keys = {part.hotel_id for found in parts.values() for part in found}
        return list(Hotel.objects.filter(pk__in=keys))


class _AlertPage(AlertsPage):
    @cached_property
    def alert(self) -> Alert:
        """The alert. Raises Http404 unless the user may see it."""
        rows = alerts_of(user=self.user, access=self.access).select_related("rule")
        found = rows.filter(public_id=self.kwargs["public_id"]).first()
        if found is None:
            raise Http404
        return found


class OneAlert(_AlertPage):
    """`/admin/alerts/<id>/`: an alert with its hotels and their executions."""

    template_name = "jobs/console/alerts/alert.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the alert, its hotels and what can be done."""
        parts = parts_of(self.alert, access=self.access)
        hotels = {part.hotel_id: part.hotel for part in parts}
        stored = JobExecution.objects.filter(
            pk__in=[part.execution_id for part in parts if part.execution_id]
        )
        return super().get_context_data(
            title=headline(self.alert, parts, hotels) or self.alert.rule.name,
            alert=self.alert,
            badge=alert_badge(self.alert),
            parts=parts,
            receipts=set(stored.order_by().values_list("pk", flat=True)),
            snooze_hours=SNOOZE_HOURS,
            item_url=self._item_url(),
            workers_url=self._workers_url(),
            is_own_rule=self.access.everywhere or self.alert.rule.owner_id == self.user.pk,
            **_clock(hotels.values()),
            **kwargs,
        )

    def _item_url(self) -> str:
        """The page of the item of Home that says the same; empty without one."""
        item = item_of(self.alert, access=self.access, now=self.now) if self.alert.is_open else None
        return item_url(item) if item else ""

    def _workers_url(self) -> str:
        """The page of the workers, for an alert about them and those who may open it."""
        is_shown = self.access.everywhere and self.alert.rule.kind == AlertKind.WORKER
        return reverse("jobs:workers") if is_shown else ""


class _AlertAction(_AlertPage):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Carry out the action, show a message, and return to the alert."""
        try:
            messages.success(request, self.carry_out())
        except (ActionRefused, ValidationError) as refusal:
            text = refusal.messages[0] if isinstance(refusal, ValidationError) else str(refusal)
            messages.error(request, text)
        return redirect("jobs:alert", self.alert.public_id)

    @property
    def act(self) -> dict[str, Any]:
        """The alert and the user, for the actions."""
        return {
            "alert": self.alert,
            "by": self.user,
            "access": self.access,
            "via": Via.ADMIN,
            "now": self.now,
        }

    def carry_out(self) -> str:
        """Carry out the action; return what was done. Raises ActionRefused, ValidationError."""
        raise NotImplementedError


class AcknowledgeAlert(_AlertAction):
    """Acknowledge an alert with a note."""

    def carry_out(self) -> str:
        """Store who acknowledged it."""
        note = self.request.POST.get("note", "").strip()
        refuse_unprintable(note)
        acknowledge_with_item(note=note, **self.act)
        return gettext("Acknowledged.")


class SnoozeAlert(_AlertAction):
    """Snooze an alert for some hours."""

    def carry_out(self) -> str:
        """Store until when nothing is sent."""
        given = self.request.POST.get("hours", "")
        if given not in map(str, SNOOZE_HOURS):
            raise ActionRefused(gettext("Choose for how long."))
        until = self.now + timedelta(hours=int(given))
        snooze_with_item(until=until, **self.act)
        return gettext("Snoozed.")


def _clock(hotels: Iterable[Hotel]) -> dict[str, Any]:
    """The zone of the times of an alert, and what is written after them: that of its hotels.

    Hotels in several zones have UTC, and so has an alert about no hotel.
    """
    zones = {hotel.zone for hotel in hotels}
    if len(zones) == 1:
        return {"zone": zones.pop(), "in_utc": ""}
    return {"zone": UTC, "in_utc": " UTC"}
