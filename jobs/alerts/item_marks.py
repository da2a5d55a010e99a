"""Acknowledging and snoozing items of Home; an item comes back when it changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext_lazy

from hotels import audit
from hotels.action_items import KINDS_OF_HOTELS, ActionItem, ItemKind, action_items
from hotels.audit import Verb, Via
from hotels.models import Hotel
from hotels.models.literal import KeyList
from hotels.roles import Access
from jobs.alerts.actions import check_snooze
from jobs.audit_verbs import JobVerb
from jobs.models import ItemMark
from jobs.scheduling.advice import schedule_advice

SCHEDULES = ItemKind(
    key="schedules", label=gettext_lazy("Unsuitable local times"), icon="schedule", tone="off"
)
KEPT_FOR = timedelta(days=400)
NOTE_LENGTH = 300
# Of more objects, only a digest of all of them is kept.
MOST_KEYS = 200
_FIELDS = ("keys", "marked_at", "marked_by_name", "note", "snoozed_until")
Key = tuple[int, str, str]


@dataclass(frozen=True, kw_only=True)
class MarkedItem:
    """An item that a person acknowledged or snoozed."""

    item: ActionItem
    mark: ItemMark


def marks_of(*, hotels: Sequence[Hotel], now: datetime) -> dict[Key, ItemMark]:
    """Return the marks that last, by hotel, kind and subject. One query."""
    rows = ItemMark.objects.filter(hotel__in=KeyList(hotel.pk for hotel in hotels))
    return {(row.hotel_id, row.kind, row.subject): row for row in rows if row.lasts(now=now)}


def split(
    items: Iterable[ActionItem], *, marks: Mapping[Key, ItemMark]
) -> tuple[list[ActionItem], list[MarkedItem]]:
    """Return the items that need attention, and those that a mark covers."""
    open_, marked = [], []
    for item in items:
        mark = marks.get(key) if (key := _key(item)) else None
        if mark is not None and covers(item, keys=mark.keys):
            marked.append(MarkedItem(item=item, mark=mark))
        else:
            open_.append(item)
    return open_, marked


def keys_to_keep(item: ActionItem) -> list[str]:
    """Return what is stored of the item's objects: their keys, or one digest of very many."""
    keys = sorted(set(item.keys))
    if len(keys) <= MOST_KEYS:
        return keys
    return [sha256("\n".join(keys).encode()).hexdigest()]


def covers(item: ActionItem, *, keys: Iterable[str]) -> bool:
    """Return whether a person who saw these objects, as `keys_to_keep` has them, saw the item.

    Not if one of its objects is not among them. An item of very many objects must be the same one,
    and one that does not say what it is about is never covered.
    """
    own = keys_to_keep(item)
    return bool(own) and set(own) <= set(keys)


@transaction.atomic
def mark_item(
    *,
    item: ActionItem,
    note: str,
    until: datetime | None,
    by: AbstractBaseUser,
    via: Via,
    now: datetime,
) -> ItemMark:
    """Store that a person acknowledged the item, or with `until` snoozed it; return the mark.

    It replaces an earlier mark. Raises ActionRefused for a time in the past or too far away, and
    ValueError for an item of many hotels.
    """
    if item.hotel is None:
        raise ValueError("An item of many hotels cannot be marked.")
    if until is not None:
        check_snooze(until, now=now)
    known = {"hotel": item.hotel, "kind": item.kind.key, "subject": item.subject}
    before = ItemMark.objects.filter(**known).first()
    row = ItemMark(
        **known,
        keys=keys_to_keep(item),
        marked_at=now,
        marked_by_name=by.get_username()[:150],
        note=note[:NOTE_LENGTH],
        snoozed_until=until,
    )
    ItemMark.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["hotel", "kind", "subject"],
        update_fields=_FIELDS,
    )
    audit.record(
        by=by,
        verb=JobVerb.ACKNOWLEDGE if until is None else JobVerb.SNOOZE,
        row=row,
        before=_readable(before) if before else None,
        after=_readable(row),
        via=via,
        note=row.note,
        now=now,
    )
    return row


@transaction.atomic
def remove_mark(*, mark: ItemMark, by: AbstractBaseUser, via: Via, now: datetime) -> None:
    """Show the item on Home again."""
    stored = ItemMark.objects.locked().filter(pk=mark.pk).first()
    if stored is None:
        return  # a colleague was faster
    before = _readable(stored)
    audit.record(by=by, verb=Verb.DELETE, row=stored, before=before, via=via, now=now)
    stored.delete()


def delete_settled_marks(*, now: datetime) -> int:
    """Delete the marks of items that are gone, so that they do not cover the next one.

    A mark on an item of which a part is gone forgets that part. A mark about a job covers no later
    run: it is deleted when it is old. Returns the number of marks deleted.
    """
    marks = list(ItemMark.objects.select_related("hotel"))
    present = _objects(marks, now=now)
    names = {kind.key for kind in (*KINDS_OF_HOTELS, SCHEDULES)}
    gone = {
        mark.pk
        for mark in marks
        if not mark.lasts(now=now)
        or mark.marked_at < now - KEPT_FOR
        or (mark.kind in names and (mark.hotel_id, mark.kind, mark.subject) not in present)
    }
    _forget_settled([mark for mark in marks if mark.pk not in gone], present=present)
    # It may have been marked again meanwhile.
    deleted, _by_model = ItemMark.objects.filter(pk__in=gone, marked_at__lt=now).delete()
    return deleted


def _objects(marks: Sequence[ItemMark], *, now: datetime) -> dict[Key, set[str]]:
    """Return the objects of the marked items as they are now; items that are gone are missing."""
    kinds = [kind for kind in KINDS_OF_HOTELS if any(mark.kind == kind.key for mark in marks)]
    names = {kind.key for kind in kinds}
    items = action_items(
        hotels=list({mark.hotel_id: mark.hotel for mark in marks if mark.kind in names}.values()),
        access=Access(everywhere=True, roles={}),
        now=now,
        kinds=kinds,
    )
    found = {key: {*item.keys, *keys_to_keep(item)} for item in items if (key := _key(item))}
    scheduled = {mark.hotel_id: mark.hotel for mark in marks if mark.kind == SCHEDULES.key}
    if scheduled:
        for advice in schedule_advice(hotels=list(scheduled.values()), now=now):
            found.setdefault((advice.hotel.pk, SCHEDULES.key, ""), set()).add(advice.key)
    return found


def _forget_settled(marks: Iterable[ItemMark], *, present: Mapping[Key, set[str]]) -> None:
    """Take the objects that are gone out of the marks, so that they are shown if they return."""
    changed = []
    for mark in marks:
        known = present.get((mark.hotel_id, mark.kind, mark.subject))
        if known is not None and not known.issuperset(mark.keys):
            mark.keys = [key for key in mark.keys if key in known]
            changed.append(mark)
    ItemMark.objects.bulk_update(changed, ["keys"], batch_size=500)


def _readable(mark: ItemMark) -> dict[str, Any]:
    """Return the values for the audit trail, whose readers learn nothing from keys."""
    return {name: value for name, value in audit.snapshot(mark).items() if name != "keys"}


def _key(item: ActionItem) -> Key | None:
    return (item.hotel.pk, item.kind.key, item.subject) if item.hotel else None
