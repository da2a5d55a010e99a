"""Write bookings table by table, in a fixed number of statements per batch of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models, transaction

from hotels.booking_events import publish_stays
from hotels.calendar import nights
from hotels.deadlocks import repeated_on_deadlock
from hotels.importing import stay_charges
from hotels.importing.assumed_times import Clock
from hotels.importing.booking_states import BookingState, Status
from hotels.importing.derived_rooms import RoomStock, assign_rooms, build_stock, peak_nights
from hotels.importing.hotel import analyze_tables, move_sandbox, sandbox
from hotels.importing.records import Deposit, Record
from hotels.models import (
    Booking,
    BookingNight,
    BookingRoom,
    Folio,
    FolioLine,
    Guest,
    Hotel,
    NoShowPolicy,
    Payment,
    Room,
)
from hotels.money import round_money
from hotels.notifications.outbox import payloads

BATCH = 2_000
Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, kw_only=True)
class LoadedBookings:
    """The hotel a file was loaded into, its rooms, and the no-show policy of all its bookings."""

    hotel: Hotel
    stock: RoomStock
    policy: NoShowPolicy


@repeated_on_deadlock
def load(
    *,
    name: str,
    records: Sequence[Record],
    entries: Sequence[BookingState],
    as_of: date,
    now: datetime,
    timezone: str | None = None,
    currency: str | None = None,
) -> LoadedBookings:
    """Replace the bookings of the sandbox hotel `name` by `entries`, in one transaction.

    `records` are all bookings of the file; the number of rooms follows from them. A hotel that
    exists gets its new time zone at `now`, in a transaction before. Raises ImportRefused as
    `sandbox` does.
    """
    move_sandbox(name=name, now=now, timezone=timezone, currency=currency)
    with transaction.atomic():
        hotel = sandbox(name=name, now=now, timezone=timezone, currency=currency)
        return _load_into(hotel=hotel, records=records, entries=entries, as_of=as_of, now=now)


def _load_into(
    *,
    hotel: Hotel,
    records: Sequence[Record],
    entries: Sequence[BookingState],
    as_of: date,
    now: datetime,
) -> LoadedBookings:
    stock = build_stock(hotel=hotel, capacity=peak_nights(records))
    policy = NoShowPolicy.objects.create(
        hotel=hotel, name="Guaranteed", guaranteed=True, penalty_type="NIGHTS", penalty_value=1
    )
    books = LoadedBookings(hotel=hotel, stock=stock, policy=policy)
    rooms = assign_rooms(entries=entries, rooms=stock.rooms, as_of=as_of)
    add_bookings(books=books, entries=entries, rooms=rooms, now=now)
    analyze_tables()
    return books


@transaction.atomic
def add_bookings(
    *,
    books: LoadedBookings,
    entries: Sequence[BookingState],
    now: datetime,
    rooms: dict[int, Room] | None = None,
) -> None:
    """Write bookings in the state of their entries, with guests, folios, nights and payments."""
    folios = _write_folios(books=books, entries=entries)
    stays = _write_stays(books=books, entries=entries, folios=folios, rooms=rooms or {})
    clock = Clock(hotel=books.hotel)
    night_rows: list[BookingNight] = []
    lines: list[FolioLine] = []
    payments: list[Payment] = []
    for entry, folio, stay in zip(entries, folios, stays, strict=True):
        price = round_money(entry.record.adr, currency=books.hotel.currency)
        charged = [(night, price) for night in _nights(entry.record)]
        night_rows.extend(
            _night_row(entry=entry, stay=stay, night=night, price=price) for night, _ in charged
        )
        if stay.checked_out_at is not None and entry.ended_date is not None:
            lines += stay_charges.room_lines(
                folio_id=folio.pk,
                stay=stay,
                nights=charged,
                currency=books.hotel.currency,
                checked_out=entry.ended_date,
            )
        payments += _payments(
            record=entry.record, folio=folio, amount=price * len(charged), clock=clock
        )
    _insert(BookingNight, night_rows)
    _insert(FolioLine, lines)
    _insert(Payment, payments)
    publish_stays(stays, payload=payloads.BookingCreated, now=now)


def _write_folios(*, books: LoadedBookings, entries: Sequence[BookingState]) -> list[Folio]:
    clock = Clock(hotel=books.hotel)
    records = [entry.record for entry in entries]
    guests = _insert(Guest, [_guest(hotel=books.hotel, record=each) for each in records])
    bookings = _insert(
        Booking,
        [
            _booking(record=record, guest=guest, clock=clock)
            for record, guest in zip(records, guests, strict=True)
        ],
    )
    return _insert(
        Folio,
        [
            _folio(entry=entry, booking=booking, clock=clock)
            for entry, booking in zip(entries, bookings, strict=True)
        ],
    )


def _write_stays(
    *,
    books: LoadedBookings,
    entries: Sequence[BookingState],
    folios: Sequence[Folio],
    rooms: dict[int, Room],
) -> list[BookingRoom]:
    clock = Clock(hotel=books.hotel)
    terms = books.policy.terms().to_json()
    return _insert(
        BookingRoom,
        [
            BookingRoom(
                hotel=books.hotel,
                booking=folio.booking,
                room_type=books.stock.types[entry.record.room_type],
                room=rooms.get(entry.record.line),
                folio=folio,
                no_show_terms=terms,
                **_stay(entry=entry, clock=clock),
            )
            for entry, folio in zip(entries, folios, strict=True)
        ],
    )


def _guest(*, hotel: Hotel, record: Record) -> Guest:
    return Guest(hotel=hotel, name=f"Guest {record.line:06d}", country=record.country)


def _booking(*, record: Record, guest: Guest, clock: Clock) -> Booking:
    return Booking(
        hotel=clock.hotel,
        guest=guest,
        reference=record.reference,
        source=record.source,
        guarantee=record.deposit.value,
        booked_at=clock.booked_at(record.made_date),
        notes=record.notes,
    )


def _folio(*, entry: BookingState, booking: Booking, clock: Clock) -> Folio:
    """Return the folio: completed at check-out; void if cancelled or no-show without a deposit.

    The file does not say what happened to the deposit of a cancelled booking or a no-show, so that
    folio stays open for staff to settle.
    """
    status, completed_at = Folio.Status.OPEN, None
    if entry.status == Status.CHECKED_OUT and entry.ended_date is not None:
        status = Folio.Status.COMPLETED
        completed_at = clock.leaves_at(entry.ended_date, arrived=entry.record.arrival_date)
    elif entry.over and not has_deposit(entry.record):
        status = Folio.Status.VOID
    return Folio(
        hotel=clock.hotel,
        booking=booking,
        payer_id=booking.guest_id,
        status=status,
        completed_at=completed_at,
    )


def has_deposit(record: Record) -> bool:
    """Return whether the guest gave a deposit, paid or authorised: the price of the stay."""
    return record.deposit is not Deposit.NONE and record.adr > 0 and record.nights > 0


def _stay(*, entry: BookingState, clock: Clock) -> dict[str, Any]:
    record, ended = entry.record, entry.ended_date
    columns: dict[str, Any] = {
        "status": entry.status,
        "arrival_date": record.arrival_date,
        "departure_date": record.departure_date,
        "adults": record.adults,
        "children": record.children,
    }
    if entry.status in (Status.CHECKED_IN, Status.CHECKED_OUT):
        arrived = min(record.arrival_date, ended or record.arrival_date)
        columns["checked_in_at"] = clock.arrives_at(arrived)
    if ended is not None and entry.status == Status.CHECKED_OUT:
        columns["checked_out_at"] = clock.leaves_at(ended, arrived=record.arrival_date)
    if ended is not None and entry.status == Status.CANCELLED:
        columns["cancelled_at"] = clock.cancelled_at(ended)
    return columns


def _nights(record: Record) -> list[date]:
    return list(nights(arrival=record.arrival_date, departure=record.departure_date))


def _night_row(
    *, entry: BookingState, stay: BookingRoom, night: date, price: Decimal
) -> BookingNight:
    """Return one night; released if the guest left before it, cancelled or did not arrive."""
    left_early = entry.ended_date is not None and night >= entry.ended_date
    released = left_early or entry.status in (Status.CANCELLED, Status.NO_SHOW)
    return BookingNight(
        hotel_id=stay.hotel_id,
        booking_room_id=stay.pk,
        date=night,
        room_id=None if released else stay.room_id,
        currency=stay.hotel.currency,
        price=price,
        released=released,
    )


def _payments(*, record: Record, folio: Folio, amount: Decimal, clock: Clock) -> list[Payment]:
    """Return the payment: non-refundable at booking, others at check-out.

    A refundable deposit is authorised until then.
    """
    deposit = record.deposit is not Deposit.NONE
    booked_at = clock.booked_at(record.made_date)
    if record.deposit is Deposit.NON_REFUND:
        paid, at = True, booked_at
    elif folio.completed_at is not None:
        paid, at = True, folio.completed_at
    elif deposit:
        paid, at = False, booked_at
    else:
        return []
    return stay_charges.payment(
        folio_id=folio.pk,
        amount=amount,
        currency=clock.hotel.currency,
        at=at,
        deposit=deposit,
        paid=paid,
    )


def _insert(model: type[Row], rows: list[Row]) -> list[Row]:
    return model._default_manager.bulk_create(rows, batch_size=BATCH)
