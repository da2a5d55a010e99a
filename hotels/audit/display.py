"""Display of audit entries: labels of actions and fields, and values as text."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext

from hotels import formats
from hotels.audit import verbs
from hotels.models import AuditEntry

Field = Any
UTC = ZoneInfo("UTC")
# Entries are never changed: older ones name a model by the app it was in at that time.
MOVED_MODELS = {"jobs.apitoken": "hotels.apitoken"}


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """One action in the history of an object."""

    entry: AuditEntry
    zone: ZoneInfo
    who: str
    action: str
    changed: str


def line_of(entry: AuditEntry) -> AuditLine:
    """Return the entry for display, without its values."""
    return AuditLine(
        entry=entry,
        zone=zone_of(entry),
        who=who_of(entry),
        action=action_of(entry),
        changed=", ".join(changed_fields(entry)),
    )


def zone_of(entry: AuditEntry) -> ZoneInfo:
    """Return the time zone of the hotel; UTC if the entry has no hotel."""
    return entry.hotel.zone if entry.hotel else UTC


def who_of(entry: AuditEntry) -> str:
    """Return the user name at that time, marked if the user is deleted or has no login."""
    if not entry.username:
        return gettext("not logged in")
    if entry.user_id is not None:
        return entry.username
    if entry.via == AuditEntry.Via.COMMAND:
        return gettext("%(name)s (server account)") % {"name": entry.username}
    return gettext("%(name)s (deleted)") % {"name": entry.username}


def action_of(entry: AuditEntry) -> str:
    """Return the label of the verb."""
    return verbs.label_of(entry.verb)


def kind_of(entry: AuditEntry) -> str:
    """Return the kind of object, such as `Room`."""
    model = _model(entry)
    return str(capfirst(model._meta.verbose_name)) if model else entry.model


def changed_fields(entry: AuditEntry) -> list[str]:
    """Return the labels of the fields that changed."""
    return [_name(entry, field) for field in _names(entry)]


def rows_of(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """Return label, value before and value after of each field that changed."""
    zone = zone_of(entry)
    return [
        (
            _name(entry, name),
            _value(_field(entry, name), entry.before.get(name), zone=zone),
            _value(_field(entry, name), entry.after.get(name), zone=zone),
        )
        for name in _names(entry)
    ]


def _names(entry: AuditEntry) -> list[str]:
    return list(dict.fromkeys((*entry.before, *entry.after)))


def _model(entry: AuditEntry) -> type[models.Model] | None:
    try:
        return apps.get_model(MOVED_MODELS.get(entry.model, entry.model))
    except (LookupError, ValueError):
        return None


def _field(entry: AuditEntry, name: str) -> Field | None:
    model = _model(entry)
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None


def _name(entry: AuditEntry, name: str) -> str:
    field = _field(entry, name)
    return str(field.verbose_name) if field is not None else name.replace("_", " ")


def _value(field: Field | None, value: Any, *, zone: ZoneInfo) -> str:
    if value is None or value == "" or value == []:
        return "—"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(field, models.DateTimeField) and (at := parse_datetime(str(value))):
        return formats.format_instant(at, zone=zone)
    if isinstance(field, models.DecimalField):
        return formats.exact_number(Decimal(str(value)))
    choices = dict(getattr(field, "flatchoices", None) or ())
    return str(choices.get(value, value))
