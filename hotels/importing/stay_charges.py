"""Charges and payments of a stay in the file."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from hotels import phrases
from hotels.models import BookingRoom, FolioLine, Payment

Nights = Iterable[tuple[date, Decimal]]


def room_lines(
    *, folio_id: int, stay: BookingRoom, nights: Nights, currency: str, checked_out: date
) -> list[FolioLine]:
    """Return one charge per night, dated on the night but not after the date `checked_out`.

    The ADR is the amount paid divided by the nights booked (Antonio et al. 2019), so every night is
    charged, including those after an early check-out. The file has no tax.
    """
    return [
        FolioLine(
            folio_id=folio_id,
            currency=currency,
            booking_room_id=stay.pk,
            business_date=min(night, checked_out),
            category=FolioLine.Category.ROOM,
            description=description,
            phrase=phrase,
            net=price,
            tax=Decimal(0),
            gross=price,
            source_key=f"room:{stay.pk}:{night}",
        )
        for night, price in nights
        for description, phrase in (_described(night),)
    ]


@lru_cache(maxsize=2048)  # a file has many stays of the same few hundred nights
def _described(night: date) -> tuple[str, dict[str, Any]]:
    phrase = phrases.night_of(night)
    return phrase.text_in_english(), phrase.to_json()


def payment(
    *,
    folio_id: int,
    amount: Decimal,
    currency: str,
    at: datetime,
    deposit: bool = False,
    paid: bool = True,
) -> list[Payment]:
    """Return the payment in a list, empty for zero or less; an authorisation if not `paid`."""
    if amount <= 0:
        return []
    return [
        Payment(
            folio_id=folio_id,
            currency=currency,
            status=Payment.Status.SUCCEEDED if paid else Payment.Status.AUTHORIZED,
            amount=amount,
            method="card",
            is_deposit=deposit,
            received_at=at,
        )
    ]
