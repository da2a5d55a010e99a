"""E-mail texts for guests and the front desk, in plain English text."""

from dataclasses import dataclass

from hotels import formats, money
from hotels.models import Hotel, NoShowRecord

Outcome = NoShowRecord.Outcome


@dataclass(frozen=True, kw_only=True)
class Message:
    """Subject and body of one e-mail."""

    subject: str
    body: str


def to_guest(record: NoShowRecord, *, hotel: Hotel) -> Message:
    """The e-mail to the guest with the release, the fee and the address of the hotel."""
    room = record.booking_room
    fee = money.amount_in_english(record.fee_amount, currency=record.currency)
    cost = (
        f"The no-show fee agreed for your booking is {fee}."
        if record.fee_amount
        else "There is no charge."
    )
    contact = f"write to {hotel.email}" if hotel.email else "contact us"
    return Message(
        subject=f"{hotel.name}: your booking {room.booking}",
        body=(
            f"Dear {room.booking.guest},\n\n"
            f"We expected you on {formats.date_in_english(room.arrival_date)}, but you have not "
            f"checked in. We have released your room. {cost}\n"
            f"If you are on your way, or if this is a mistake, please {contact}.\n\n"
            f"{hotel.name}\n"
        ),
    )


def to_front_desk(record: NoShowRecord, *, hotel: Hotel) -> Message:
    """The e-mail to the front desk with the decision and its reason."""
    room = record.booking_room
    decision = {
        Outcome.APPLIED: "no-show",
        Outcome.RELEASED: "released",
        Outcome.REVIEW: "decision needed",
    }[Outcome(record.outcome)]
    return Message(
        subject=f"{room}: {decision}",
        body=(
            f"{room}, {room.booking.guest}, {formats.date_in_english(room.arrival_date)} to "
            f"{formats.date_in_english(room.departure_date)}.\n"
            f"{record.reason}\n"
        ),
    )
