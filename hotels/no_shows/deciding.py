"""Lock a no-show record for a manager's decision, and store the decision."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q

from hotels import audit
from hotels.audit import Verb
from hotels.models import BookingRoom, Folio, FolioLine, NoShowRecord
from hotels.no_shows.events import publish_reversed

Outcome = NoShowRecord.Outcome
NOTE_LENGTH = 400


def lock_room(record: NoShowRecord) -> BookingRoom:
    """The reserved room of the record, locked with its folio and the one of its fee.

    They come before the record, as in the no-show check: the same order prevents deadlocks.
    """
    rooms = BookingRoom.objects.select_related("booking__guest", "room_type").locked()
    room = rooms.get(pk=record.booking_room_id)
    fee = FolioLine.objects.filter(pk=record.fee_line_id or 0)
    folios = Folio.objects.filter(Q(pk=room.folio_id or 0) | Q(pk__in=fee.values("folio")))
    list(folios.locked(exclusive=True))
    return room


def lock_record(record: NoShowRecord) -> NoShowRecord:
    """The record, locked and read again."""
    return NoShowRecord.objects.select_related("hotel", "fee_line").locked().get(pk=record.pk)


def store_decision(
    record: NoShowRecord, *, verb: Verb, user: User, now: datetime, note: str
) -> None:
    """Save who decided, when and why, and add an entry to the audit trail.

    The record becomes WAIVED for a waived fee, REVERSED for every other decision.
    """
    before = audit.snapshot(NoShowRecord.objects.get(pk=record.pk))
    record.outcome = Outcome.WAIVED if verb == Verb.WAIVE else Outcome.REVERSED
    record.decided_by = user
    record.decided_at = now
    record.decision_note = "\n".join(filter(None, (record.decision_note, note)))[:NOTE_LENGTH]
    record.save(
        update_fields=[
            "outcome",
            "decided_by",
            "decided_at",
            "decision_note",
            "deposit_surplus",
        ]
    )
    after = audit.snapshot(record)
    audit.record(by=user, verb=verb, row=record, before=before, after=after, note=note, now=now)
    publish_reversed(record, now=now)
