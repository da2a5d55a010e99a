"""Links from the items on Home to the open alerts about them."""

from collections.abc import Sequence
from dataclasses import replace

from django.urls import reverse
from django.utils.translation import gettext as _

from hotels.action_items import ActionItem
from hotels.models.literal import KeyList
from hotels.models.scoping import Person
from hotels.roles import Access, Action
from jobs.alerts.access import alerts_of, worker_alerts
from jobs.alerts.alert_items import KINDS_OF_BOOKS
from jobs.console.home.failures import receipt_url
from jobs.console.home.groups import ActionGroup
from jobs.console.home.worker_items import WORKERS
from jobs.models import Alert, AlertPart

_KINDS = {item.key: kind for kind, item in KINDS_OF_BOOKS.items()}


def find_alerts(items: Sequence[ActionItem], *, user: Person, access: Access) -> list[Alert | None]:
    """Return the open alert about each item, of those the user may see.

    Takes one query, and another one if there are items about the workers.
    """
    if not access.somewhere(action=Action.CONFIGURE):
        return [None] * len(items)
    hotels = {item.hotel.pk for item in items if item.hotel}
    about_workers = _about_workers(items, user=user, access=access)
    parts = AlertPart.objects.filter(
        alert__in=alerts_of(user=user, access=access).filter(closed_at=None),
        recovered_at=None,
        hotel__in=KeyList(hotels),
    )
    of_execution: dict[str, Alert] = {}
    of_hotel: dict[tuple[int, str], Alert] = {}
    for part in parts.select_related("alert__rule").order_by("pk"):
        if part.execution_id is not None:
            of_execution[receipt_url(part.execution_id)] = part.alert
        of_hotel[part.hotel_id, part.alert.rule.kind] = part.alert

    def alert_of(item: ActionItem) -> Alert | None:
        if item.kind is WORKERS:
            return about_workers.get(item.subject)
        # A link is built only where there is something to compare it with.
        alert = of_execution.get(item.url) if of_execution else None
        if alert is None and item.hotel is not None:
            alert = of_hotel.get((item.hotel.pk, _KINDS.get(item.kind.key, "")))
        return alert

    return [alert_of(item) for item in items]


def _about_workers(
    items: Sequence[ActionItem], *, user: Person, access: Access
) -> dict[str, Alert]:
    """The open alerts about workers by the subject of their item."""
    if not any(item.kind is WORKERS for item in items):
        return {}
    return {
        alert.group.partition(":")[2]: alert for alert in worker_alerts(user=user, access=access)
    }


def with_alerts(
    groups: Sequence[ActionGroup], *, user: Person, access: Access
) -> list[ActionGroup]:
    """Return the groups; items about which an alert is open link to it. Takes one query."""
    items = [item for group in groups for item in group.items]
    alerts = iter(find_alerts(items, user=user, access=access))

    def linked(item: ActionItem) -> ActionItem:
        alert = next(alerts)
        if alert is None:
            return item
        return replace(
            item, note=_state(alert), note_url=reverse("jobs:alert", args=[alert.public_id])
        )

    return [replace(group, items=[linked(item) for item in group.items]) for group in groups]


def _state(alert: Alert) -> str:
    if alert.acknowledged_at is not None:
        return _("acknowledged by %(name)s") % {"name": alert.acknowledged_by_name}
    return _("Alert")
