"""What guests and the front desk are told, in plain text."""

from dataclasses import dataclass

from hotels import money
from hotels.models import Hotel, NoShowRecord

Outcome = NoShowRecord.Outcome


@dataclass(frozen=True, kw_only=True)
class Message:
    """The text of one message."""

    subject: str
    body: str


def to_guest(record: NoShowRecord, *, hotel: Hotel) -> Message:
    """Tell the guest that the room was given up, what it costs, and where to turn."""
    room = record.booking_room
    fee = money.amount_in_english(record.fee_amount, currency=record.currency)
    cost = f"The agreed no-show fee is {fee}." if record.fee_amount else "There is no charge."
    contact = f" at {hotel.email}" if hotel.email else ""
    return Message(
        subject=f"{hotel.name}: your booking {room.booking}",
        body=(
            f"Dear {room.booking.guest},\n\n"
            f"we expected you on {room.arrival_date} and have not seen you. "
            f"Your room is no longer held. {cost}\n"
            f"If you are on your way, or this is a mistake, please write to us{contact}.\n\n"
            f"{hotel.name}\n"
        ),
    )


def to_front_desk(record: NoShowRecord, *, hotel: Hotel) -> Message:
    """Tell the front desk what was decided and why."""
    room = record.booking_room
    what = {
        Outcome.APPLIED: "no-show",
        Outcome.RELEASED: "released",
        Outcome.REVIEW: "to be decided",
    }[Outcome(record.outcome)]
    return Message(
        subject=f"{room}: {what}",
        body=(
            f"{room}, {room.booking.guest}, {room.arrival_date} to {room.departure_date}.\n"
            f"{record.reason}\n"
        ),
    )
