"""What a decision about a no-show would do: it is carried out, looked at, and rolled back."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction

from hotels import availability
from hotels.models import BookingRoom, Folio, FolioLine, Invoice, NoShowRecord
from hotels.no_shows.choices import ManagerAction
from hotels.no_shows.errors import ReversalRefused
from hotels.no_shows.stock import type_night


@dataclass(frozen=True, kw_only=True)
class NightBack:
    """A night the guest gets back: in which room, and how many of its type are then left.

    `room` is empty where any room of the type will do; `left` is None for a night already past,
    which needs no room.
    """

    date: date
    room: str
    room_type: str
    left: int | None


@dataclass(frozen=True, kw_only=True)
class ActionPreview:
    """The effects, or the sentence it is refused with.

    `record` is as it would become; `contra` the line against the fee, `credited` the invoice that
    a credit note would be issued against; `reopened` the folio the stay is charged on again, and
    `new_folio` whether that one is made for it.
    """

    record: NoShowRecord
    refused: str = ""
    nights: tuple[NightBack, ...] = ()
    contra: FolioLine | None = None
    credited: Invoice | None = None
    reopened: Folio | None = None
    new_folio: bool = False


def preview_action(
    *, decision: ManagerAction, record: NoShowRecord, user: User, now: datetime
) -> ActionPreview:
    """Carry `decision` out in a transaction that is rolled back; nothing is kept of it."""
    folio_id = record.booking_room.folio_id
    charged = record.outcome == NoShowRecord.Outcome.APPLIED and record.fee_line_id
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
        found = ActionPreview(
            record=after,
            nights=_back(room, released, now=now),
            contra=FolioLine.objects.filter(reverses=charged).first() if charged else None,
            credited=_credited(charged) if charged else None,
            reopened=room.folio if room.status == BookingRoom.Status.CONFIRMED else None,
            new_folio=room.folio_id != folio_id,
        )
        transaction.set_rollback(True)
    return found


def _back(room: BookingRoom, released: set[int], *, now: datetime) -> tuple[NightBack, ...]:
    nights = list(
        room.nights.filter(pk__in=released, released=False)
        .select_related("room__room_type")
        .order_by("date")
    )
    today = room.hotel.business_date(now)
    wanted = {night.pk: type_night(night, room=room) for night in nights if night.date >= today}
    stock = availability.live_stock(hotel=room.hotel, wanted=wanted.values(), now=now)
    return tuple(
        NightBack(
            date=night.date,
            room=night.room.number if night.room else "",
            room_type=str(night.room.room_type if night.room else room.room_type),
            left=stock[wanted[night.pk]].left if night.pk in wanted else None,
        )
        for night in nights
    )


def _credited(fee_line_id: int) -> Invoice | None:
    return Invoice.objects.filter(
        kind=Invoice.Kind.INVOICE, credit_notes__lines__folio_line=fee_line_id
    ).first()
