"""Replay what guests and staff do on a day: check-outs, cancellations, check-ins, cleaning."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from hotels.front_desk.cancellation import cancel_all
from hotels.front_desk.check_in import check_in_all
from hotels.front_desk.check_out import check_out_all
from hotels.front_desk.locked_stays import BatchResult
from hotels.housekeeping.finishing import finish_all_cleans
from hotels.importing import stay_charges
from hotels.importing.records import Record
from hotels.models import BookingNight, BookingRoom, FolioLine, Hotel, Payment


@dataclass(frozen=True, kw_only=True)
class EventResult:
    """Number of bookings changed, and the references of those that were refused or not found."""

    count: int
    missed: tuple[str, ...] = ()


def arrive(*, hotel: Hotel, records: Sequence[Record], at: datetime) -> EventResult:
    """Check in the guests of the records at `at`."""
    stays = _stays(hotel=hotel, records=records)
    return _done(check_in_all(hotel=hotel, stays=stays, now=at), records=records)


@transaction.atomic
def depart(*, hotel: Hotel, records: Sequence[Record], at: datetime, day: date) -> EventResult:
    """Check out the guests of the records; the nights are charged on `day` at the latest, and paid.

    Charges and payments are those of the file: see `stay_charges`.
    """
    stays = _stays(hotel=hotel, records=records)
    result = check_out_all(hotel=hotel, stays=stays, now=at)
    lines = _charge(stays=result.changed, day=day)
    FolioLine.objects.bulk_create(lines)
    _pay(lines=lines, at=at)
    return _done(result, records=records)


def cancel_bookings(*, hotel: Hotel, records: Sequence[Record], at: datetime) -> EventResult:
    """Cancel the bookings of the records at `at`."""
    stays = _stays(hotel=hotel, records=records)
    return _done(cancel_all(hotel=hotel, stays=stays, now=at), records=records)


def clean(*, hotel: Hotel, day: date, at: datetime) -> None:
    """Finish all cleans up to `day` at `at`."""
    finish_all_cleans(hotel=hotel, day=day, now=at)


def _stays(*, hotel: Hotel, records: Sequence[Record]) -> list[BookingRoom]:
    references = {record.reference for record in records}
    found = BookingRoom.objects.filter(hotel=hotel, booking__reference__in=references)
    return list(found.only("pk"))


def _done(result: BatchResult, *, records: Sequence[Record]) -> EventResult:
    references = {record.reference for record in records}
    changed = {stay.booking.reference for stay in result.changed}
    return EventResult(count=len(result.changed), missed=tuple(sorted(references - changed)))


def _charge(*, stays: Sequence[BookingRoom], day: date) -> list[FolioLine]:
    nights: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    rows = BookingNight.objects.filter(booking_room__in=[stay.pk for stay in stays])
    currencies: dict[int, str] = {}
    for stay_id, night, price, currency in rows.order_by("date").values_list(
        "booking_room_id", "date", "price", "currency"
    ):
        nights[stay_id].append((night, price))
        currencies[stay_id] = currency
    return [
        line
        for stay in stays
        if stay.folio_id is not None
        for line in stay_charges.room_lines(
            folio_id=stay.folio_id,
            stay=stay,
            nights=nights[stay.pk],
            currency=currencies.get(stay.pk, ""),
            checked_out=day,
        )
    ]


def _pay(*, lines: Iterable[FolioLine], at: datetime) -> None:
    """Take the authorised deposits; a folio without a payment is paid in full at `at`."""
    due: dict[int, Decimal] = defaultdict(Decimal)
    currencies: dict[int, str] = {}
    for line in lines:
        due[line.folio_id] += line.gross
        currencies[line.folio_id] = line.currency
    existing = Payment.objects.filter(folio__in=due)
    paid = set(existing.values_list("folio_id", flat=True))
    existing.filter(status=Payment.Status.AUTHORIZED).update(
        status=Payment.Status.SUCCEEDED, received_at=at
    )
    Payment.objects.bulk_create(
        payment
        for folio_id, amount in due.items()
        if folio_id not in paid
        for payment in stay_charges.payment(
            folio_id=folio_id, amount=amount, currency=currencies[folio_id], at=at
        )
    )
