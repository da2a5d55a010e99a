"""Preview of a manager's decision: it is carried out, its effects are read, it is rolled back."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction

from hotels import availability
from hotels.models import BookingRoom, Folio, FolioLine, Invoice, NoShowRecord
from hotels.money import ZERO
from hotels.no_shows.errors import ReversalRefused
from hotels.no_shows.folio_settlement import LIVE, accounts_of
from hotels.no_shows.manager_actions import ManagerAction, fee_to_reverse
from hotels.no_shows.rebooking import room_type_night


@dataclass(frozen=True, kw_only=True)
class RebookedNight:
    """A night booked again, and the number of rooms of its type that then remain available.

    `room` is empty when no room is assigned; `left` is None for a past night, which needs no room.
    """

    date: date
    room: str
    room_type: str
    available_after: int | None


@dataclass(frozen=True, kw_only=True)
class ActionPreview:
    """The effects of a decision, or the sentence that refuses it.

    `record` is the record after the decision: a new one for a charge or release. `fee_line` is the
    fee it would charge, `paid` the part of the fee that deposits pay, and `left_open` the folio of
    a released room that staff must settle. `reversal_line` is that of the fee, `credited` the
    invoice that would get a credit note. `reopened` is the folio the stay would be charged on, and
    `new_folio` is true when it would be a new one.
    """

    record: NoShowRecord
    refused: str = ""
    fee_line: FolioLine | None = None
    paid: Decimal = ZERO
    left_open: Folio | None = None
    nights: tuple[RebookedNight, ...] = ()
    reversal_line: FolioLine | None = None
    credited: Invoice | None = None
    reopened: Folio | None = None
    new_folio: bool = False


def preview_action(
    *, decision: ManagerAction, record: NoShowRecord, user: User, now: datetime
) -> ActionPreview:
    """The effects of `decision`, carried out in a transaction that is rolled back."""
    folio_id = record.booking_room.folio_id
    charged = fee_to_reverse(record)
    released = set(record.booking_room.nights.filter(released=True).values_list("pk", flat=True))
    with transaction.atomic():
        try:
            after = decision.carry_out(record=record, user=user, now=now)
        except ReversalRefused as error:
            transaction.set_rollback(True)
            return ActionPreview(record=record, refused=str(error))
        room = BookingRoom.objects.select_related("hotel", "folio", "room_type").get(
            pk=record.booking_room_id
        )
        preview = ActionPreview(
            record=after,
            fee_line=after.fee_line if after.pk != record.pk else None,
            paid=_paid(after) if after.pk != record.pk else ZERO,
            left_open=room.folio if _is_left_open(room) else None,
            nights=_rebooked(room, released, now=now),
            reversal_line=FolioLine.objects.filter(reverses=charged).first() if charged else None,
            credited=_credited(charged) if charged else None,
            reopened=room.folio if room.status == BookingRoom.Status.CONFIRMED else None,
            new_folio=room.folio_id != folio_id,
        )
        transaction.set_rollback(True)
    return preview


def _rebooked(room: BookingRoom, released: set[int], *, now: datetime) -> tuple[RebookedNight, ...]:
    nights = list(
        room.nights.filter(pk__in=released, released=False)
        .select_related("room__room_type")
        .order_by("date")
    )
    today = room.hotel.business_date(now)
    wanted = {
        night.pk: room_type_night(night, room=room) for night in nights if night.date >= today
    }
    counts = availability.live_counts(hotel=room.hotel, wanted=wanted.values(), now=now)
    return tuple(
        RebookedNight(
            date=night.date,
            room=night.room.number if night.room else "",
            room_type=str(night.room.room_type if night.room else room.room_type),
            available_after=counts[wanted[night.pk]].available if night.pk in wanted else None,
        )
        for night in nights
    )


def _paid(record: NoShowRecord) -> Decimal:
    """The part of the fee that the money received on its folio pays."""
    if record.fee_line is None:
        return ZERO
    folio = record.fee_line.folio
    account = accounts_of([folio])[folio.pk]
    owed = max(account.due - account.received, ZERO)
    return max(record.fee_amount - owed, ZERO)


def _is_left_open(room: BookingRoom) -> bool:
    """True if the room was released, and its folio is open although no room uses it any more."""
    folio = room.folio
    if room.status != BookingRoom.Status.RELEASED or folio is None:
        return False
    used = folio.booking_rooms.filter(status__in=LIVE).exists()
    return folio.status == Folio.Status.OPEN and not used


def _credited(fee: FolioLine) -> Invoice | None:
    return Invoice.objects.filter(
        kind=Invoice.Kind.INVOICE, credit_notes__lines__folio_line=fee
    ).first()
