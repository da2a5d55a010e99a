"""Acknowledging and snoozing items of Home; an item comes back when it changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from hotels import audit
from hotels.audit import Verb, Via
from hotels.console.action_items import KINDS_OF_HOTELS, ActionItem, action_items
from hotels.models import Hotel
from hotels.roles import Access
from jobs.alerts.actions import check_snooze
from jobs.audit_verbs import JobVerb
from jobs.models import ItemMark

KEPT_FOR = timedelta(days=400)
NOTE_LENGTH = 300
_FIELDS = ("size", "newest", "marked_at", "marked_by_name", "note", "snoozed_until")
Key = tuple[int, str, str]


@dataclass(frozen=True, kw_only=True)
class MarkedItem:
    """An item that a person acknowledged or snoozed."""

    item: ActionItem
    mark: ItemMark


def marks_of(*, hotels: Sequence[Hotel], now: datetime) -> dict[Key, ItemMark]:
    """Return the marks that last, by hotel, kind and subject. One query."""
    rows = ItemMark.objects.filter(hotel__in=[hotel.pk for hotel in hotels])
    return {(row.hotel_id, row.kind, row.subject): row for row in rows if row.lasts(now=now)}


def split(
    items: Iterable[ActionItem], *, marks: Mapping[Key, ItemMark]
) -> tuple[list[ActionItem], list[MarkedItem]]:
    """Return the items that need attention, and those that a mark covers."""
    open_, marked = [], []
    for item in items:
        mark = marks.get(key) if (key := _key(item)) else None
        if mark is not None and covers(item, size=mark.size, newest=mark.newest):
            marked.append(MarkedItem(item=item, mark=mark))
        else:
            open_.append(item)
    return open_, marked


def covers(item: ActionItem, *, size: int, newest: str) -> bool:
    """Return whether an item that a person saw with this size and newest object is the same.

    It is not if it has grown, or has a newer object.
    """
    return item.size <= size and item.newest <= newest


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
        size=item.size,
        newest=item.newest,
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
        before=audit.snapshot(before) if before else None,
        after=audit.snapshot(row),
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
    before = audit.snapshot(stored)
    audit.record(by=by, verb=Verb.DELETE, row=stored, before=before, via=via, now=now)
    stored.delete()


def delete_settled_marks(*, now: datetime) -> int:
    """Delete the marks of items that are gone, so that they do not cover the next one.

    A mark about a job covers no later run: it is deleted when it is old. Returns the number.
    """
    marks = list(ItemMark.objects.select_related("hotel"))
    kinds = [kind for kind in KINDS_OF_HOTELS if any(mark.kind == kind.key for mark in marks)]
    names = {kind.key for kind in kinds}
    hotels = {mark.hotel_id: mark.hotel for mark in marks if mark.kind in names}
    items = action_items(
        hotels=list(hotels.values()),
        access=Access(everywhere=True, roles={}),
        now=now,
        kinds=kinds,
    )
    present = {_key(item) for item in items}
    gone = [
        mark.pk
        for mark in marks
        if not mark.lasts(now=now)
        or mark.marked_at < now - KEPT_FOR
        or (mark.kind in names and (mark.hotel_id, mark.kind, mark.subject) not in present)
    ]
    # It may have been marked again meanwhile.
    deleted, _by_model = ItemMark.objects.filter(pk__in=gone, marked_at__lt=now).delete()
    return deleted


def _key(item: ActionItem) -> Key | None:
    return (item.hotel.pk, item.kind.key, item.subject) if item.hotel else None
