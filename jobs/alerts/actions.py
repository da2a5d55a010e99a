"""Actions of people on an alert: acknowledge it with a note, or snooze it."""

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import Via
from hotels.errors import ActionRefused
from hotels.models import Hotel
from jobs.audit_verbs import JobVerb
from jobs.models import Alert

LONGEST_SNOOZE = timedelta(days=7)
_FIELDS = ("acknowledged_at", "acknowledged_by_name", "note", "snoozed_until")


@transaction.atomic
def acknowledge(*, alert: Alert, note: str, by: AbstractBaseUser, via: Via, now: datetime) -> Alert:
    """Store that a person deals with the alert: it is not escalated. Returns the row.

    Raises ActionRefused for an alert that is over.
    """
    row = _open(alert)
    before = _values(row)
    row.acknowledged_at, row.acknowledged_by_name = now, by.get_username()[:150]
    row.note = note[:300]
    row.save(update_fields=["acknowledged_at", "acknowledged_by_name", "note"])
    audit.record(
        by=by,
        verb=JobVerb.ACKNOWLEDGE,
        row=row,
        before=before,
        after=_values(row),
        hotel=_only_hotel(row),
        via=via,
        now=now,
    )
    return row


@transaction.atomic
def snooze(
    *, alert: Alert, until: datetime, by: AbstractBaseUser, via: Via, now: datetime
) -> Alert:
    """Send nothing about the alert until then; if it is still open, it reminds. Returns the row.

    Raises ActionRefused for an alert that is over, and for a time in the past or too far away.
    """
    check_snooze(until, now=now)
    row = _open(alert)
    before = _values(row)
    row.snoozed_until = until
    row.save(update_fields=["snoozed_until"])
    audit.record(
        by=by,
        verb=JobVerb.SNOOZE,
        row=row,
        before=before,
        after=_values(row),
        hotel=_only_hotel(row),
        via=via,
        now=now,
    )
    return row


def check_snooze(until: datetime, *, now: datetime) -> None:
    """Raise ActionRefused for the end of a snooze in the past or more than seven days away."""
    if not now < until <= now + LONGEST_SNOOZE:
        raise ActionRefused(_("A snooze lasts seven days at most."))


def _open(alert: Alert) -> Alert:
    row = Alert.objects.locked().get(pk=alert.pk)
    if not row.is_open:
        raise ActionRefused(_("The alert is already over."))
    return row


def _only_hotel(row: Alert) -> Hotel | None:
    """The hotel of the entry in the audit trail; None for an alert about several."""
    parts = list(row.parts.select_related("hotel")[:2])
    return parts[0].hotel if len(parts) == 1 else None


def _values(row: Alert) -> dict[str, object]:
    return {name: getattr(row, name) for name in _FIELDS}
