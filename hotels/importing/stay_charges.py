"""What a stay of the file costs and how it is paid."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from hotels.models import BookingRoom, FolioLine, Payment

Nights = Iterable[tuple[date, Decimal]]


def room_lines(*, folio_id: int, stay: BookingRoom, nights: Nights, left: date) -> list[FolioLine]:
    """A line a night, posted on the night, at the latest on the day the guest left.

    The ADR is what was paid divided by the nights of the stay (Antonio et al. 2019), so all nights
    are charged, also those after an early check-out. The file tells of no tax.
    """
    return [
        FolioLine(
            folio_id=folio_id,
            booking_room_id=stay.pk,
            business_date=min(night, left),
            category=FolioLine.Category.ROOM,
            description=f"Night of {night}",
            net=price,
            tax=Decimal(0),
            gross=price,
            source_key=f"room:{stay.pk}:{night}",
        )
        for night, price in nights
    ]


def payment(
    *, folio_id: int, amount: Decimal, at: datetime, deposit: bool = False, paid: bool = True
) -> list[Payment]:
    """The payment of an amount, in a list; none of zero or less. Unpaid it is an authorisation."""
    if amount <= 0:
        return []
    return [
        Payment(
            folio_id=folio_id,
            status=Payment.Status.SUCCEEDED if paid else Payment.Status.AUTHORIZED,
            amount=amount,
            method="card",
            is_deposit=deposit,
            received_at=at,
        )
    ]
