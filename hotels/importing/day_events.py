"""What guests and staff do in the course of a day, for many bookings at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import OuterRef, Subquery

from hotels.importing import stay_charges
from hotels.importing.records import Record
from hotels.models import (
    BookingNight,
    BookingRoom,
    Folio,
    FolioLine,
    Hotel,
    HousekeepingTask,
    Payment,
    Room,
)

Status = BookingRoom.Status
OPEN_TASKS = (
    HousekeepingTask.Status.PENDING,
    HousekeepingTask.Status.ASSIGNED,
    HousekeepingTask.Status.IN_PROGRESS,
)


@dataclass(frozen=True, kw_only=True)
class Done:
    """How many bookings did it, and which should have but stood otherwise on the books."""

    count: int
    missed: tuple[str, ...] = ()


@transaction.atomic
def arrive(
    *, hotel: Hotel, records: Sequence[Record], rooms: Sequence[Room], at: datetime, day: date
) -> Done:
    """Check guests in, each in a room of the type booked that nobody has tonight.

    Day guests take rooms from the other end, so that they share one with a guest of the coming
    night only where the house is full. Where a type has no room left the guest goes without.
    """
    stays, missed = _standing(hotel=hotel, records=records, status=Status.CONFIRMED)
    free = _free_rooms(hotel=hotel, rooms=rooms, day=day)
    for stay in stays:
        of_type = free[stay.room_type_id]
        if of_type:
            stay.room = of_type.pop(0 if stay.departure_date > day else -1)
        stay.status = Status.CHECKED_IN
        stay.checked_in_at = at
    BookingRoom.objects.bulk_update(stays, ["room", "status", "checked_in_at"])
    rooms_of_stays = BookingRoom.objects.filter(pk=OuterRef("booking_room_id")).values("room_id")
    BookingNight.objects.filter(booking_room__in=_ids(stays)).update(room=Subquery(rooms_of_stays))
    return Done(count=len(stays), missed=missed)


@transaction.atomic
def depart(*, hotel: Hotel, records: Sequence[Record], at: datetime, day: date) -> Done:
    """Check guests out: nights charged, folio paid and completed, the room left dirty."""
    stays, missed = _standing(hotel=hotel, records=records, status=Status.CHECKED_IN)
    ids = _ids(stays)
    lines = _charge(stays=stays, day=day)
    FolioLine.objects.bulk_create(lines)
    _pay(lines=lines, at=at)
    Folio.objects.filter(pk__in=_folio_ids(stays)).update(
        status=Folio.Status.COMPLETED, completed_at=at
    )
    rooms = [stay.room_id for stay in stays if stay.room_id is not None]
    Room.objects.filter(pk__in=rooms).update(cleanliness=Room.Cleanliness.DIRTY)
    BookingRoom.objects.filter(pk__in=ids).update(status=Status.CHECKED_OUT, checked_out_at=at)
    return Done(count=len(stays), missed=missed)


@transaction.atomic
def cancel(*, hotel: Hotel, records: Sequence[Record], at: datetime) -> Done:
    """Cancel bookings: nights given back, the folio void unless a deposit is on it."""
    stays, missed = _standing(hotel=hotel, records=records, status=Status.CONFIRMED)
    ids = _ids(stays)
    BookingNight.objects.filter(booking_room__in=ids).update(released=True, room=None)
    folios = set(_folio_ids(stays))
    folios -= set(Payment.objects.filter(folio__in=folios).values_list("folio_id", flat=True))
    Folio.objects.filter(pk__in=folios).update(status=Folio.Status.VOID)
    BookingRoom.objects.filter(pk__in=ids).update(status=Status.CANCELLED, cancelled_at=at)
    return Done(count=len(stays), missed=missed)


@transaction.atomic
def clean(*, hotel: Hotel, day: date, at: datetime) -> None:
    """The day's cleaning is done: every task of it, and every dirty room."""
    HousekeepingTask.objects.filter(hotel=hotel, date__lte=day, status__in=OPEN_TASKS).update(
        status=HousekeepingTask.Status.DONE, completed_at=at
    )
    Room.objects.filter(hotel=hotel, cleanliness=Room.Cleanliness.DIRTY).update(
        cleanliness=Room.Cleanliness.CLEAN
    )


def _standing(
    *, hotel: Hotel, records: Sequence[Record], status: BookingRoom.Status
) -> tuple[list[BookingRoom], tuple[str, ...]]:
    """The stays of the records that have the status, and the references of the others."""
    references = {record.reference for record in records}
    found = BookingRoom.objects.filter(hotel=hotel, booking__reference__in=references)
    stays = list(found.filter(status=status).select_related("booking").order_by("pk"))
    missed = references - {stay.booking.reference for stay in stays}
    return stays, tuple(sorted(missed))


def _free_rooms(*, hotel: Hotel, rooms: Sequence[Room], day: date) -> dict[int, list[Room]]:
    tonight = BookingNight.objects.filter(hotel=hotel, date=day, released=False)
    taken = set(tonight.exclude(room=None).values_list("room_id", flat=True))
    free: dict[int, list[Room]] = defaultdict(list)
    for room in rooms:
        if room.pk not in taken:
            free[room.room_type_id].append(room)
    return free


def _charge(*, stays: Sequence[BookingRoom], day: date) -> list[FolioLine]:
    nights: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    rows = BookingNight.objects.filter(booking_room__in=_ids(stays)).order_by("date")
    for stay_id, night, price in rows.values_list("booking_room_id", "date", "price"):
        nights[stay_id].append((night, price))
    return [
        line
        for stay in stays
        if stay.folio_id is not None
        for line in stay_charges.room_lines(
            folio_id=stay.folio_id, stay=stay, nights=nights[stay.pk], left=day
        )
    ]


def _pay(*, lines: Iterable[FolioLine], at: datetime) -> None:
    """Take the authorised deposits; folios without a payment are paid now, in full."""
    due: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        due[line.folio_id] += line.gross
    existing = Payment.objects.filter(folio__in=due)
    paid = set(existing.values_list("folio_id", flat=True))
    existing.filter(status=Payment.Status.AUTHORIZED).update(
        status=Payment.Status.SUCCEEDED, received_at=at
    )
    Payment.objects.bulk_create(
        payment
        for folio_id, amount in due.items()
        if folio_id not in paid
        for payment in stay_charges.payment(folio_id=folio_id, amount=amount, at=at)
    )


def _folio_ids(stays: Iterable[BookingRoom]) -> list[int]:
    return [stay.folio_id for stay in stays if stay.folio_id is not None]


def _ids(stays: Iterable[BookingRoom]) -> list[int]:
    return [stay.pk for stay in stays]
