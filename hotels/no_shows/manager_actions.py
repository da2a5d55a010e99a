"""Managers' decisions about a no-show: reinstate the guest, waive the fee, or decide a review.

Nothing is deleted: a reversal line cancels the fee, a credit note corrects the invoice, and the
record and the audit trail say who decided and why. The caller checks that the user's role allows
the decision (hotels.roles).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels import availability, phrases
from hotels.audit import Verb
from hotels.billing.credit import CreditRefused, issue_credit_note
from hotels.billing.open_charges import OPEN
from hotels.billing.reversals import reverse_charge
from hotels.booking_events import publish_stays
from hotels.deadlocks import repeated_on_deadlock
from hotels.models import BookingRoom, Folio, FolioLine, Hotel, Invoice, NoShowRecord
from hotels.no_shows.deciding import lock_record, lock_room, store_decision
from hotels.no_shows.errors import NoRoomAvailable, ReversalRefused
from hotels.no_shows.folio_settlement import accounts_of
from hotels.no_shows.mails import queue_reinstated, queue_waived
from hotels.no_shows.rebooking import rebook_nights, room_type_night
from hotels.no_shows.review_decisions import charge, is_departed, keep_room, release
from hotels.notifications.outbox import payloads
from hotels.roles import Action

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

__all__ = [
    "CHARGE",
    "DECISIONS",
    "KEEP",
    "REINSTATE",
    "RELEASE",
    "WAIVE",
    "ManagerAction",
    "NoRoomAvailable",
    "ReversalRefused",
    "charge",
    "keep_room",
    "reinstate",
    "release",
    "waive",
]

Outcome = NoShowRecord.Outcome
# The room status that each outcome leaves behind and that reinstating takes back.
ROOM_STATUS = {
    Outcome.APPLIED: BookingRoom.Status.NO_SHOW,
    Outcome.WAIVED: BookingRoom.Status.NO_SHOW,
    Outcome.RELEASED: BookingRoom.Status.RELEASED,
}


@dataclass(frozen=True, kw_only=True)
class ManagerAction:
    """A decision a manager can take, the same in the console and the admin.

    `title` is its label for several records, `button` for one, `done` its success message.
    `action` is the permission it needs. `fits` checks the record and its room at a time,
    without a query; `carry_out` checks everything, with locks.
    """

    name: str
    title: _StrOrPromise
    button: _StrOrPromise
    done: _StrOrPromise
    action: Action
    fits: Callable[[NoShowRecord, datetime], bool]
    carry_out: Callable[..., NoShowRecord]


@repeated_on_deadlock
def reinstate(*, record: NoShowRecord, user: User, now: datetime, note: str = "") -> NoShowRecord:
    """Confirm a late guest's room again: nights, status and folio; a fee still charged is reversed.

    Returns the record, now REVERSED. The no-show check skips the room unless its arrival date or
    expected arrival changes. Raises ReversalRefused when there is nothing to reinstate or the
    invoice cannot be credited, and NoRoomAvailable when the nights were sold to other guests.
    """
    with transaction.atomic():
        room, record = lock_room(record), lock_record(record)
        _rebook(room, record, now=now)
        store_decision(record, verb=Verb.REINSTATE, user=user, now=now, note=note)
        record.booking_room = room
        queue_reinstated(record, now=now)
        return record


@repeated_on_deadlock
def waive(*, record: NoShowRecord, user: User, now: datetime, note: str = "") -> NoShowRecord:
    """Reverse the fee of a no-show; the room stays a no-show and its nights stay released.

    Returns the record, now WAIVED; a deposit that had paid the fee becomes its deposit surplus.
    Raises ReversalRefused when no fee is charged or the invoice cannot be credited.
    """
    with transaction.atomic():
        room, record = lock_room(record), lock_record(record)
        if record.outcome != Outcome.APPLIED:
            raise ReversalRefused(
                gettext("There is no fee to waive. Status of this no-show: %(outcome)s.")
                % {"outcome": record.get_outcome_display()}
            )
        if record.fee_line is None:
            raise ReversalRefused(gettext("There is no fee to waive: none was charged."))
        if record.fee_line.document is None and _is_reversed(record.fee_line):
            raise ReversalRefused(gettext("There is no fee to waive: it was already reversed."))
        folio = _reverse_fee(
            record.fee_line, hotel=record.hotel, now=now, reason=phrases.fee_waived(str(room))
        )
        if folio.status == Folio.Status.COMPLETED:
            account = accounts_of([folio])[folio.pk]
            record.deposit_surplus = account.surplus
        store_decision(record, verb=Verb.WAIVE, user=user, now=now, note=note)
        record.booking_room = room
        queue_waived(record, now=now)
        return record


def _rebook(room: BookingRoom, record: NoShowRecord, *, now: datetime) -> None:
    hotel, outcome = record.hotel, Outcome(record.outcome)
    if outcome not in ROOM_STATUS:
        raise ReversalRefused(
            gettext("This room cannot be reinstated. Status of this no-show: %(outcome)s.")
            % {"outcome": outcome.label}
        )
    if room.status != ROOM_STATUS[outcome]:
        raise ReversalRefused(
            gettext("This room cannot be reinstated. Its status is now: %(status)s.")
            % {"status": room.get_status_display()}
        )
    nights = rebook_nights(room=room, since=record.business_date, hotel=hotel, now=now)
    room.status = BookingRoom.Status.CONFIRMED
    room.save(update_fields=["status"])
    publish_stays([room], payload=payloads.BookingChanged, now=now)
    fee = fee_to_reverse(record)
    if fee is not None:
        _reverse_fee(fee, hotel=hotel, now=now, reason=phrases.reinstated(str(room)))
    _reopen(room, hotel=hotel)
    wanted = [room_type_night(night, room=room) for night in nights]
    availability.recompute(hotel=hotel, wanted=wanted, now=now)


def fee_to_reverse(record: NoShowRecord) -> FolioLine | None:
    """The fee that is charged; None if there is none, or it was reversed or credited by hand."""
    line = record.fee_line
    if record.outcome != Outcome.APPLIED or line is None:
        return None
    credited = line.document is not None and not line.document.live
    return None if credited or _is_reversed(line) else line


def _is_reversed(line: FolioLine) -> bool:
    return FolioLine.objects.filter(reverses=line).exists()


def _reverse_fee(line: FolioLine, *, hotel: Hotel, now: datetime, reason: phrases.Phrase) -> Folio:
    """Reverse the fee on its folio, with a credit note if the fee was invoiced.

    Of an invoice over the fee alone, all that is left is credited: a part may be credited by hand.
    """
    folio = Folio.objects.locked(exclusive=True).get(pk=line.folio_id)
    line = FolioLine.objects.select_related("document").get(pk=line.pk)
    if line.document is None:
        _refuse_open_credits(folio)
        reverse_charge(line, day=hotel.business_date(now))
        return folio
    alone = line.document.lines.count() == 1
    try:
        issue_credit_note(
            invoice=line.document, lines=None if alone else [line], now=now, reason=reason
        )
    except CreditRefused as refused:
        raise ReversalRefused(str(refused)) from refused
    return folio


def _refuse_open_credits(folio: Folio) -> None:
    """Raise ReversalRefused when credited amounts wait for the next invoice of the folio.

    They may be for the fee: to reverse all of it as well would take the folio below zero.
    """
    if FolioLine.objects.filter(OPEN, folio=folio, phrase__code=phrases.CREDIT).exists():
        raise ReversalRefused(
            gettext(
                "Charges on folio %(folio)s were credited in part and wait to be invoiced again. "
                "Generate invoices, then try again."
            )
            % {"folio": folio}
        )


def _live_invoice(folio: Folio) -> Invoice | None:
    return Invoice.objects.filter(folio=folio, kind=Invoice.Kind.INVOICE, live=True).first()


def _reopen(room: BookingRoom, *, hotel: Hotel) -> None:
    """Reopen the room's folio, or give it a new one if that folio is invoiced."""
    if room.folio_id is None:
        return
    folio = Folio.objects.locked(exclusive=True).get(pk=room.folio_id)
    if _live_invoice(folio) is not None:
        room.folio = _new_folio(room, hotel=hotel)
        room.save(update_fields=["folio"])
    elif folio.status != Folio.Status.OPEN:
        folio.status = Folio.Status.OPEN
        folio.completed_at = None
        folio.save(update_fields=["status", "completed_at"])


def _new_folio(room: BookingRoom, *, hotel: Hotel) -> Folio:
    booking = room.booking
    highest = booking.folios.aggregate(highest=Max("number"))["highest"] or 0
    return Folio.objects.create(
        hotel=hotel, booking=booking, payer=booking.guest, number=highest + 1
    )


def _can_be_reinstated(record: NoShowRecord, _now: datetime) -> bool:
    status = ROOM_STATUS.get(Outcome(record.outcome))
    return status is not None and record.booking_room.status == status


def _has_fee(record: NoShowRecord, _now: datetime) -> bool:
    return record.outcome == Outcome.APPLIED and record.fee_line_id is not None


def _needs_decision(record: NoShowRecord, _now: datetime) -> bool:
    return record.outcome == Outcome.REVIEW


def _can_be_kept(record: NoShowRecord, now: datetime) -> bool:
    departed = is_departed(record.booking_room, hotel=record.hotel, now=now)
    return record.outcome == Outcome.REVIEW and not departed


REINSTATE = ManagerAction(
    name="reinstate",
    title=_("Reinstate guests who arrived late"),
    button=_("Reinstate"),
    done=_("reinstated"),
    action=Action.REINSTATE,
    fits=_can_be_reinstated,
    carry_out=reinstate,
)
WAIVE = ManagerAction(
    name="waive",
    title=_("Waive no-show fees"),
    button=_("Waive the fee"),
    done=_("fee waived"),
    action=Action.WAIVE,
    fits=_has_fee,
    carry_out=waive,
)
KEEP = ManagerAction(
    name="keep",
    title=_("Keep rooms that need a decision"),
    button=_("Keep the room"),
    done=_("room kept"),
    action=Action.REINSTATE,
    fits=_can_be_kept,
    carry_out=keep_room,
)
CHARGE = ManagerAction(
    name="charge",
    title=_("Charge the no-show fee for rooms that need a decision"),
    button=_("Charge the fee"),
    done=_("marked as a no-show"),
    action=Action.CHARGE,
    fits=_needs_decision,
    carry_out=charge,
)
RELEASE = ManagerAction(
    name="release",
    title=_("Release rooms that need a decision, without a fee"),
    button=_("Release without a fee"),
    done=_("released without a fee"),
    action=Action.REINSTATE,
    fits=_needs_decision,
    carry_out=release,
)
DECISIONS = {decision.name: decision for decision in (KEEP, CHARGE, RELEASE, REINSTATE, WAIVE)}
