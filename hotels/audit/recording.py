"""The audit trail: every act of a person is recorded with the act, or neither is.

The function that carries an act out records it, inside its own transaction:

    with transaction.atomic():
        task = HousekeepingTask.objects.select_for_update(no_key=True).get(pk=task.pk)
        before = audit.snapshot(task)
        task.assignee = person
        task.save(update_fields=["assignee"])
        audit.record(by=user, verb=Verb.ASSIGN, row=task, before=before,
                     after=audit.snapshot(task), now=now)

Of `before` and `after` what is the same on both sides is left out, so whole snapshots may be given;
so may small dicts, such as `before={"status": "OPEN"}, after={"status": "DONE"}`. Rows are named
(`Ana (#12)`), and of what is secret only that it changed is kept.

To be recorded are acts of people that were carried out. What was refused, a preview, and what a
job does by itself (its execution tells that) are none. These record themselves, so their callers
must not: every `ModelAdmin` over `hotels.admin.audited`, `hotels.no_shows.manager_actions`, and in
`jobs` the schedules, retries, cancels, and runs that a person asked for.
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
# A login, or the name of somebody without one, such as the account that ran a command.
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
    """Keep that `by` did `verb` to `row` at `now`: one insert, in the caller's transaction.

    `before` and `after` are the row's fields by name; without `before` it is new, without `after`
    gone. `hotel` is the row's own unless said. Call it before a row is deleted.
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
    """Keep that `by` did `verb` to each of `rows`, whose fields it did not change: one insert."""
    AuditEntry.objects.bulk_create(
        [_entry(by=by, verb=verb, row=row, hotel=None, via=via, note=note, now=now) for row in rows]
    )


def snapshot(row: models.Model) -> dict[str, Any]:
    """A stored row's values by field name, its key and what was not fetched left out."""
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
    """What differs, before and after, in values people can read; of a new row what is set."""
    old, new = before or {}, after or {}
    names = [
        name
        for name in dict.fromkeys((*old, *new))
        if (old.get(name) != new.get(name) if before and after else _set(old, new, name))
    ]
    hidden = {name: "changed" for name in names if any(word in name for word in SECRETS)}
    shown = [name for name in names if name not in hidden]
    told_before = {name: _told(model, name, old[name]) for name in shown if name in old}
    told_after = {name: _told(model, name, new[name]) for name in shown if name in new}
    return told_before, told_after | (hidden if before and after else {})


def _set(old: Fields, new: Fields, name: str) -> bool:
    return old.get(name, new.get(name)) not in EMPTY


def _told(model: type[models.Model], name: str, value: Any) -> Any:
    """The value; a row by its name and number, also when only its key is given."""
    if isinstance(value, models.Model):
        return f"{value} (#{value.pk})"
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return value
    if value is None or not field.many_to_one or not isinstance(field, models.ForeignKey):
        return value
    found = field.related_model._base_manager.filter(**{field.target_field.name: value}).first()
    return _told(model, name, found) if found else f"#{value}"


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
