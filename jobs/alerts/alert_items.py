"""The item of Home that says the same as an alert: both are acknowledged and snoozed together."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext_lazy

from hotels.action_items import OVERBOOKED, UNASSIGNED, ActionItem, ItemKind, action_items
from hotels.audit import Via
from hotels.roles import Access
from jobs.alerts.actions import acknowledge, snooze
from jobs.alerts.facts import JobFacts
from jobs.alerts.item_marks import mark_item
from jobs.models import Alert, AlertKind, AlertPart, Status
from jobs.roles import MARK_ITEMS, follows

FAILED = ItemKind(key="failed", label=gettext_lazy("Failed"), icon="error", tone="bad")
PROBLEMS = ItemKind(key="problems", label=gettext_lazy("Completed with problems"), icon="warning")
KINDS_OF_JOBS = {AlertKind.FAILED: FAILED, AlertKind.PROBLEMS: PROBLEMS}
KINDS_OF_BOOKS = {AlertKind.OVERBOOKED: OVERBOOKED, AlertKind.UNASSIGNED: UNASSIGNED}


def item_of(alert: Alert, *, access: Access, now: datetime) -> ActionItem | None:
    """Return the item of Home about what the alert is about, with the objects that it has now.

    None unless the alert is about one hotel now, the user may mark its items, and items of this
    kind say the same: late and slow jobs, messages and invoices have other limits on Home. The item
    of a job has no text; it is about the run that the alert names.
    """
    parts = [part for part in alert.parts.select_related("hotel") if part.recovered_at is None]
    if len(parts) != 1:
        return None
    hotel, kind = parts[0].hotel, alert.rule.kind
    if not access.may(action=MARK_ITEMS, hotel_id=hotel.pk):
        return None
    if kind in KINDS_OF_JOBS:
        is_shown = follows(access=access, job_name=alert.job_name, hotel_id=hotel.pk)
        return _item_of_job(alert, part=parts[0], now=now) if is_shown else None
    if kind not in KINDS_OF_BOOKS:
        return None
    wanted = KINDS_OF_BOOKS[AlertKind(kind)]
    return next(iter(action_items(hotels=[hotel], access=access, now=now, kinds=(wanted,))), None)


def _item_of_job(alert: Alert, *, part: AlertPart, now: datetime) -> ActionItem | None:
    hotel = part.hotel
    facts = JobFacts(hotels={hotel.pk: hotel}, now=now)
    key = (hotel.pk, alert.job_name)
    run = facts.last_runs.get(key)
    # A later run may have failed for another reason, of which the alert says nothing.
    if run is None or run.pk != part.execution_id or facts.is_retried(key):
        return None
    is_meant = {
        AlertKind.FAILED: run.status == Status.FAILED,
        AlertKind.PROBLEMS: run.completed_with_problems,
    }
    if not is_meant[AlertKind(alert.rule.kind)]:
        return None
    return ActionItem(
        hotel=hotel,
        kind=KINDS_OF_JOBS[AlertKind(alert.rule.kind)],
        make_text=str,
        make_url=str,
        subject=alert.job_name,
        keys=(str(run.pk),),
    )


@transaction.atomic
def acknowledge_with_item(
    *, alert: Alert, note: str, by: AbstractBaseUser, access: Access, via: Via, now: datetime
) -> Alert:
    """Acknowledge an alert and the item of Home that says the same. Returns the alert.

    Raises ActionRefused for an alert that is over.
    """
    row = acknowledge(alert=alert, note=note, by=by, via=via, now=now)
    if item := item_of(row, access=access, now=now):
        mark_item(item=item, note=note, until=None, by=by, via=via, now=now)
    return row


@transaction.atomic
def snooze_with_item(
    *, alert: Alert, until: datetime, by: AbstractBaseUser, access: Access, via: Via, now: datetime
) -> Alert:
    """Snooze an alert and the item of Home that says the same. Returns the alert.

    Raises ActionRefused for an alert that is over, and for a time in the past or too far away.
    """
    row = snooze(alert=alert, until=until, by=by, via=via, now=now)
    if item := item_of(row, access=access, now=now):
        mark_item(item=item, note=row.note, until=until, by=by, via=via, now=now)
    return row
