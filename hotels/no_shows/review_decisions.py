"""A person's decisions about a room under review: keep it, charge the fee, or release it.

Charging and releasing go through the code of the automatic verdicts: the room gets the same status,
folio and nights, and a record of its own. The record under review is REVERSED and says who decided.
The caller checks that the user's role allows the decision (hotels.roles).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext

from hotels import formats
from hotels.audit import Verb
from hotels.deadlocks import repeated_on_deadlock
from hotels.models import BookingRoom, Hotel, NoShowRecord
from hotels.no_shows import candidates
from hotels.no_shows.apply import apply_verdicts
from hotels.no_shows.candidates import NoShowCandidate
from hotels.no_shows.deciding import NOTE_LENGTH, lock_record, lock_room, store_decision
from hotels.no_shows.errors import ReversalRefused
from hotels.no_shows.mails import queue_decision
from hotels.no_shows.verdicts import (
    Outcome,
    Verdict,
    charged_by_decision,
    released_by_decision,
)


@repeated_on_deadlock
def keep_room(*, record: NoShowRecord, user: User, now: datetime, note: str = "") -> NoShowRecord:
    """Decide that the guest is still expected: the room stays booked and nothing is charged.

    Returns the record, now REVERSED. Raises ReversalRefused when no decision is needed, and when
    the departure date has passed: without new dates there is no night left to keep.
    """
    with transaction.atomic():
        room, record = lock_room(record), lock_record(record)
        _refuse_unless_under_review(record)
        if is_departed(room, hotel=record.hotel, now=now):
            raise ReversalRefused(
                gettext(
                    "The room cannot be kept, because its departure date (%(day)s) has passed. "
                    "Charge or release it; if the guest is still coming, make a booking for the "
                    "new dates."
                )
                % {"day": formats.date_of(room.departure_date)}
            )
        store_decision(record, verb=Verb.KEEP, user=user, now=now, note=note)
        return record


def is_departed(room: BookingRoom, *, hotel: Hotel, now: datetime) -> bool:
    """Return whether the departure date of a room is closed: there is no night left to keep."""
    return room.departure_date < hotel.business_date(now)


def charge(*, record: NoShowRecord, user: User, now: datetime, note: str = "") -> NoShowRecord:
    """Decide that the guest is a no-show and owes the agreed fee, as the check would charge it.

    Returns the new record, APPLIED. Raises ReversalRefused when no decision is needed, the room is
    no longer confirmed, its arrival date or expected arrival was changed, no fee was agreed because
    nothing guarantees the booking, or the fee cannot be calculated.
    """
    return _end_stay(record, decide=_charged, verb=Verb.CHARGE, user=user, now=now, note=note)


def release(*, record: NoShowRecord, user: User, now: datetime, note: str = "") -> NoShowRecord:
    """Decide that the room is released without a fee, as the check releases it.

    Returns the new record, RELEASED. Raises ReversalRefused when no decision is needed, the room is
    no longer confirmed, or its arrival date or expected arrival was changed.
    """
    return _end_stay(
        record, decide=released_by_decision, verb=Verb.RELEASE, user=user, now=now, note=note
    )


@repeated_on_deadlock
def _end_stay(
    record: NoShowRecord,
    *,
    decide: Callable[..., Verdict],
    verb: Verb,
    user: User,
    now: datetime,
    note: str,
) -> NoShowRecord:
    with transaction.atomic():
        hotel = Hotel.objects.get(pk=record.hotel_id)
        seen = BookingRoom.objects.select_related("booking").get(pk=record.booking_room_id)
        locked = candidates.lock(hotel=hotel, due=[seen], now=now)
        record = lock_record(record)
        _refuse_unless_under_review(record)
        candidate = _still_undecided(locked, record)
        verdict = decide(candidate=candidate, hotel=hotel)
        store_decision(record, verb=verb, user=user, now=now, note=note)
        applied = apply_verdicts(hotel=hotel, decisions=[verdict], now=now)
        for failure in applied.failures:
            raise failure.error
        (ended,) = applied.records
        ended.decided_by, ended.decided_at = user, now
        ended.decision_note = note[:NOTE_LENGTH]
        ended.save(update_fields=["decided_by", "decided_at", "decision_note"])
        queue_decision(ended, hotel=hotel, now=now)
        return ended


def _refuse_unless_under_review(record: NoShowRecord) -> None:
    if record.outcome != Outcome.REVIEW:
        raise ReversalRefused(
            gettext("No decision is needed. Status of this no-show: %(outcome)s.")
            % {"outcome": record.get_outcome_display()}
        )


def _still_undecided(locked: list[NoShowCandidate], record: NoShowRecord) -> NoShowCandidate:
    """The locked room, if it still is as the record describes it."""
    room = BookingRoom.objects.get(pk=record.booking_room_id)
    if room.status != BookingRoom.Status.CONFIRMED:
        raise ReversalRefused(
            gettext("This room needs no decision. Its status is now: %(status)s.")
            % {"status": room.get_status_display()}
        )
    if not locked or (room.arrival_date, room.eta) != (record.arrival_date, record.eta):
        raise ReversalRefused(
            gettext(
                "The arrival of this room was changed. The no-show check will decide again after "
                "the new arrival."
            )
        )
    return locked[0]


def _charged(*, candidate: NoShowCandidate, hotel: Hotel) -> Verdict:
    if candidate.terms is not None and not candidate.guaranteed:
        raise ReversalRefused(
            gettext(
                "No fee can be charged: the booking is not guaranteed, and no deposit covers the "
                "fee or the first night. Release the room instead."
            )
        )
    try:
        return charged_by_decision(candidate=candidate, hotel=hotel)
    except (ValueError, ArithmeticError) as error:
        raise ReversalRefused(
            gettext(
                "The no-show fee cannot be calculated from the terms of the booking. Release the "
                "room instead, and charge the fee on its folio by hand."
            )
        ) from error
