"""Recording of user actions in the audit trail.

The function that carries out an action records it, in the same transaction:

    with transaction.atomic():
        task = HousekeepingTask.objects.locked().get(pk=task.pk)
        before = audit.snapshot(task)
        task.assignee = attendant
        task.save(update_fields=["assignee"])
        audit.record(by=user, verb=Verb.ASSIGN, row=task, before=before,
                     after=audit.snapshot(task), now=now)

Only differences between `before` and `after` are stored, so both may be whole snapshots, or small
dicts such as `before={"status": "OPEN"}, after={"status": "DONE"}`. Related rows are stored as
`Ana (#12)`. For a secret field only the fact that it changed is stored.

Record what users did, not what was refused, a preview, or automatic work. These record their own
actions, so their callers must not: every admin based on `hotels.admin.audited`,
`hotels.no_shows.manager_actions` with `hotels.no_shows.review_decisions`,
`hotels.billing.proposals`, `hotels.billing.manual_credit` and `hotels.billing.payment_actions`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from hotels.audit.verbs import is_registered
from hotels.i18n import in_english
from hotels.models.audit import LABEL_KEPT, AuditEntry
from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped
from hotels.roles import hotel_of

__all__ = ["By", "Via", "changes", "record", "record_each", "snapshot"]

Via = AuditEntry.Via
Fields = Mapping[str, Any]
# A user, or a name without a login, such as the server account that ran a command.
By = AbstractBaseUser | AnonymousUser | str

SECRETS = ("password", "digest", "secret", "token")
EMPTY: tuple[Any, ...] = (None, "", [], {})


@in_english()
def record(
    *,
    by: By,
    verb: str,
    row: models.Model,
    before: Fields | None = None,
    after: Fields | None = None,
    hotel: Hotel | None = None,
    via: AuditEntry.Via = Via.ADMIN,
    note: str = "",
    now: datetime,
) -> AuditEntry:
    """Record that `by` did `verb` to `row` at `now`, with one insert; returns the entry.

    `before` and `after` are values by field name: `before` is None for a new row, `after` for a
    deleted one. `hotel` defaults to the hotel of the row. Record a deletion before it is done.
    Raises ValueError for a verb that is not registered.
    """
    entry = _entry(by=by, verb=verb, row=row, hotel=hotel, via=via, note=note, now=now)
    entry.before, entry.after = changes(model=type(row), before=before, after=after)
    entry.save(force_insert=True)
    return entry


@in_english()
def record_each(
    *,
    by: By,
    verb: str,
    rows: Iterable[models.Model],
    via: AuditEntry.Via = Via.ADMIN,
    note: str = "",
    now: datetime,
) -> None:
    """Record that `by` did `verb` to each of `rows` without changing fields, with one insert.

    Raises ValueError for a verb that is not registered.
    """
    AuditEntry.objects.bulk_create(
        [_entry(by=by, verb=verb, row=row, hotel=None, via=via, note=note, now=now) for row in rows]
    )


def snapshot(row: models.Model) -> dict[str, Any]:
    """Return the values of a stored row by field name, without its key and deferred fields."""
    deferred = row.get_deferred_fields()
    columns = {
        field.name: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key and field.attname not in deferred
    }
    lists = {
        field.name: [str(each) for each in getattr(row, field.name).select_related().order_by("pk")]
        for field in row._meta.many_to_many
    }
    return columns | lists


def changes(
    *, model: type[models.Model], before: Fields | None, after: Fields | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values that differ, before and after, in readable form.

    Of a new or deleted row these are the values that are set.
    """
    old, new = before or {}, after or {}
    names = [
        name
        for name in dict.fromkeys((*old, *new))
        if (old.get(name) != new.get(name) if before and after else _set(old, new, name))
    ]
    hidden = {name: "changed" for name in names if any(word in name for word in SECRETS)}
    shown = [name for name in names if name not in hidden]
    shown_before = {name: _readable(model, name, old[name]) for name in shown if name in old}
    shown_after = {name: _readable(model, name, new[name]) for name in shown if name in new}
    return shown_before, shown_after | (hidden if before and after else {})


def _set(old: Fields, new: Fields, name: str) -> bool:
    return old.get(name, new.get(name)) not in EMPTY


def _readable(model: type[models.Model], name: str, value: Any) -> Any:
    """Return the value; a related row, or its key, as `name (#key)`."""
    if isinstance(value, models.Model):
        return f"{value} (#{value.pk})"
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return value
    if value is None or not field.many_to_one or not isinstance(field, models.ForeignKey):
        return value
    found = field.related_model._base_manager.filter(**{field.target_field.name: value}).first()
    return _readable(model, name, found) if found else f"#{value}"


def _entry(
    *,
    by: By,
    verb: str,
    row: models.Model,
    hotel: Hotel | None,
    via: AuditEntry.Via,
    note: str,
    now: datetime,
) -> AuditEntry:
    if not is_registered(verb):
        raise ValueError(f"The audit verb {verb!r} is not registered: call register_verb first.")
    if hotel is None and isinstance(row, HotelScoped):
        hotel = hotel_of(row)
    return AuditEntry(
        at=now,
        user_id=None if isinstance(by, str) else by.pk,
        username=by if isinstance(by, str) else by.get_username(),
        hotel=hotel,
        hotel_name=str(hotel)[:LABEL_KEPT] if hotel else "",
        via=via,
        verb=verb,
        model=row._meta.label_lower,
        object_id=str(getattr(row, "public_id", row.pk)),  # a token's key is its digest
        object_label=str(row)[:LABEL_KEPT],
        note=note,
    )
