"""What a person may do with a no-show: reinstate the guest, waive the fee, keep the room.

Nothing is deleted: a contra line stands against the fee, a credit note against the invoice, and the
record says who decided and why, as does the audit trail. Whether `user` may do it is asked by the
caller (hotels.roles).
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from hotels import audit, availability
from hotels.audit import Verb
from hotels.billing.credit import CreditRefused, issue_credit_note
from hotels.models import BookingRoom, Folio, FolioLine, Hotel, Invoice, NoShowRecord
from hotels.no_shows.errors import NoRoomLeft, ReversalRefused
from hotels.no_shows.folio_settlement import accounts_of
from hotels.no_shows.stock import retake_nights, type_night

__all__ = ["NoRoomLeft", "ReversalRefused", "keep_room", "reinstate", "waive"]

Outcome = NoShowRecord.Outcome
TAKEN_OFF = {
    Outcome.APPLIED: BookingRoom.Status.NO_SHOW,
    Outcome.WAIVED: BookingRoom.Status.NO_SHOW,
    Outcome.RELEASED: BookingRoom.Status.RELEASED,
}
NOTE_KEPT = 400


def reinstate(*, record: NoShowRecord, user: User, now: datetime, note: str = "") -> NoShowRecord:
    """Take a late guest back: nights, status, folio; the fee, if any, is reversed.

    Returns the record, now REVERSED. The check does not pick the room up again unless its arrival
    or announced arrival changes. Raises ReversalRefused when there is nothing to reinstate, and
    NoRoomLeft when the nights have been sold to others.
    """
    with transaction.atomic():
        room, record = _locked(record)
        _rebook(room, record, now=now)
        _decide(record, Verb.REINSTATE, user=user, now=now, note=note)
        return record


def waive(*, record: NoShowRecord, user: User, now: datetime, note: str = "") -> NoShowRecord:
    """Forgive the fee of a no-show; the room stays a no-show and its nights stay free.

    Returns the record, now WAIVED; a deposit the fee had used up is flagged as left over. Raises
    ReversalRefused when there is no fee that stands.
    """
    with transaction.atomic():
        room, record = _locked(record)
        if record.outcome != Outcome.APPLIED:
            raise ReversalRefused(
                gettext("No fee can be waived: the record says %(outcome)s.")
                % {"outcome": record.get_outcome_display()}
            )
        if record.fee_line is None:
            raise ReversalRefused(gettext("No fee can be waived: none was charged."))
        folio = _reverse_fee(
            record.fee_line, hotel=record.hotel, now=now, reason=f"no-show fee of {room} waived"
        )
        if folio.status == Folio.Status.COMPLETED:
            account = accounts_of([folio], currency=record.currency)[folio.pk]
            record.deposit_surplus = account.surplus
        _decide(record, Verb.WAIVE, user=user, now=now, note=note)
        return record


def keep_room(*, record: NoShowRecord, user: User, now: datetime, note: str = "") -> NoShowRecord:
    """Settle a record left for review: the room stays booked, and nothing is charged.

    Returns the record, now REVERSED. Raises ReversalRefused when it is not up for review.
    """
    with transaction.atomic():
        _, record = _locked(record)
        if record.outcome != Outcome.REVIEW:
            raise ReversalRefused(
                gettext("It is not up for review: the record says %(outcome)s.")
                % {"outcome": record.get_outcome_display()}
            )
        _decide(record, Verb.KEEP, user=user, now=now, note=note)
        return record


def _locked(record: NoShowRecord) -> tuple[BookingRoom, NoShowRecord]:
    # The room first, as the check does: so the two wait for one another and never cross.
    room = (
        BookingRoom.objects.select_related("booking__guest", "room_type")
        .select_for_update(of=("self",))
        .get(pk=record.booking_room_id)
    )
    fresh = (
        NoShowRecord.objects.select_related("hotel", "fee_line")
        .select_for_update(of=("self",))
        .get(pk=record.pk)
    )
    return room, fresh


def _rebook(room: BookingRoom, record: NoShowRecord, *, now: datetime) -> None:
    hotel, outcome = record.hotel, Outcome(record.outcome)
    if outcome not in TAKEN_OFF:
        raise ReversalRefused(
            gettext("It cannot be reinstated: the record says %(outcome)s.")
            % {"outcome": outcome.label}
        )
    if room.status != TAKEN_OFF[outcome]:
        raise ReversalRefused(
            gettext("It cannot be reinstated: it is %(status)s by now.")
            % {"status": room.get_status_display()}
        )
    nights = retake_nights(room=room, since=record.business_date, hotel=hotel, now=now)
    room.status = BookingRoom.Status.CONFIRMED
    room.save(update_fields=["status"])
    if outcome == Outcome.APPLIED and record.fee_line is not None:
        _reverse_fee(record.fee_line, hotel=hotel, now=now, reason=f"{room} reinstated")
    _reopen(room, hotel=hotel)
    wanted = [type_night(night, room=room) for night in nights]
    availability.recompute(hotel=hotel, wanted=wanted, now=now)


def _reverse_fee(line: FolioLine, *, hotel: Hotel, now: datetime, reason: str) -> Folio:
    """Set a contra line against the fee, and a credit note where it was invoiced."""
    folio = Folio.objects.select_for_update().get(pk=line.folio_id)
    FolioLine.objects.create(
        folio=folio,
        booking_room_id=line.booking_room_id,
        business_date=hotel.business_date(now),
        category=line.category,
        description=f"Reversed: {line.description}"[:200],
        tax_rate=line.tax_rate,
        net=-line.net,
        tax=-line.tax,
        gross=-line.gross,
        source_key=f"{line.source_key}:reversed",
        reverses=line,
    )
    invoice = _live_invoice(folio)
    if invoice is not None:
        try:
            issue_credit_note(invoice=invoice, lines=[line], now=now, reason=reason)
        except CreditRefused as refused:
            raise ReversalRefused(str(refused)) from refused
    return folio


def _live_invoice(folio: Folio) -> Invoice | None:
    return Invoice.objects.filter(folio=folio, kind=Invoice.Kind.INVOICE, live=True).first()


def _reopen(room: BookingRoom, *, hotel: Hotel) -> None:
    """Let the stay be charged again: on its folio, or on a new one where that is invoiced."""
    if room.folio_id is None:
        return
    folio = Folio.objects.select_for_update().get(pk=room.folio_id)
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


def _decide(record: NoShowRecord, verb: Verb, *, user: User, now: datetime, note: str) -> None:
    before = audit.snapshot(NoShowRecord.objects.get(pk=record.pk))
    record.outcome = Outcome.WAIVED if verb == Verb.WAIVE else Outcome.REVERSED
    record.decided_by = user
    record.decided_at = now
    record.decision_note = "\n".join(filter(None, (record.decision_note, note)))[:NOTE_KEPT]
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
