"""Rooms, guests, tasks and attendants of a hotel on one date, read in a few queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from hotels.calendar import ONE_DAY
from hotels.housekeeping.assignment import Attendant
from hotels.housekeeping.cleaning_rules import RoomDay
from hotels.housekeeping.occupancy import RoomOccupancy, Stay, read_occupancy
from hotels.models import (
    BookingNight,
    BookingRoom,
    CleaningOptOut,
    Hotel,
    HousekeepingTask,
    Room,
    RoomBlock,
    Shift,
    StaffMember,
)

# Of a stay: as rows, because a hotel has a hundred with a booking and a guest each.
_COLUMNS = (
    "pk",
    "booking__reference",
    "number",
    "status",
    "arrival_date",
    "departure_date",
    "room_id",
    "checked_in_at",
    "eta",
    "key_issued_at",
    "staff_hold",
    "booking__guest__vip",
)


@dataclass(frozen=True, kw_only=True)
class HousekeepingSnapshot:
    """Rooms of a hotel on one date by room id, and the guests in them."""

    rooms: Mapping[int, Room]
    days: Mapping[int, RoomDay]
    occupancy: RoomOccupancy


def read_snapshot(hotel: Hotel, *, day: date, now: datetime) -> HousekeepingSnapshot:
    """Read `hotel` for its calendar date `day`, which contains `now`."""
    return _read(hotel, day=day, stays=_stays(hotel, day=day), now=now)


def read_planned(hotel: Hotel, *, day: date, now: datetime) -> HousekeepingSnapshot:
    """Read `hotel` for a past or future date `day`, from the nights sold.

    The guests in house now say nothing about another date, so a guest with the night before it is
    taken as in house.
    """
    return _read(hotel, day=day, stays=_sold(hotel, day=day), now=now)


def _read(hotel: Hotel, *, day: date, stays: Iterable[Stay], now: datetime) -> HousekeepingSnapshot:
    # A hundred rooms share a few types: joined, each would get an object of its own.
    of_hotel = Room.objects.of_hotel(hotel).prefetch_related("room_type")
    rooms = {room.pk: room for room in of_hotel}
    found = read_occupancy(stays, day=day, now=now, zone=hotel.zone)
    blocks: dict[int, list[RoomBlock]] = defaultdict(list)
    for block in RoomBlock.objects.of_hotel(hotel).filter(
        kind=RoomBlock.Kind.OUT_OF_ORDER, start_date__lte=day, end_date__gte=day
    ):
        blocks[block.room_id].append(block)
    days = {
        room.pk: RoomDay(
            room_id=room.pk,
            number=room.number,
            floor=room.floor,
            active=room.active,
            dirty=room.cleanliness == Room.Cleanliness.DIRTY,
            factor=room.room_type.credits,
            out_of_order=any(block.end_date > day for block in blocks[room.pk]),
            back_in_order=any(block.end_date == day for block in blocks[room.pk]),
            moved_out=room.pk in found.moved_out,
            occupants=found.occupants.get(room.pk, ()),
            arrivals=found.arrivals.get(room.pk, ()),
        )
        for room in rooms.values()
    }
    return HousekeepingSnapshot(rooms=rooms, days=days, occupancy=found)


def lock_tasks(hotel: Hotel, *, day: date, rooms: Mapping[int, Room]) -> list[HousekeepingTask]:
    """Return all tasks of the date and the open ones of earlier dates, locked.

    Each task gets its room from `rooms`, so that no query is needed for it.
    """
    unfinished = Q(date__lt=day, status__in=HousekeepingTask.OPEN_STATUSES)
    found = (
        HousekeepingTask.objects.of_hotel(hotel)
        .filter(Q(date=day) | unfinished, room_id__in=Room.objects.of_hotel(hotel).values("pk"))
        .locked()
    )
    tasks = list(found)
    for task in tasks:
        task.room = rooms[task.room_id]
    return tasks


def attendants(hotel: Hotel, *, day: date) -> tuple[Attendant, ...]:
    """Return the active housekeepers on a work shift on `day`.

    A hotel without any shifts of housekeepers has all its active housekeepers; the shifts of other
    roles do not matter.
    """
    role = StaffMember.Role.HOUSEKEEPING
    staff = StaffMember.objects.of_hotel(hotel).filter(active=True, role=role)
    shifts = Shift.objects.of_hotel(hotel).filter(staff__role=role)
    if shifts.exists():
        working = shifts.filter(date=day, kind=Shift.Kind.WORK)
        staff = staff.filter(pk__in=working.values("staff_id"))
    return tuple(
        Attendant(pk=each.pk, capacity=each.credits_per_day, floor=each.home_floor)
        for each in staff.order_by("pk")
    )


def _stays(hotel: Hotel, *, day: date) -> list[Stay]:
    """Return the stays in house and the confirmed ones that may arrive on `day`."""
    status = BookingRoom.Status
    rows = (
        BookingRoom.objects.of_hotel(hotel)
        .filter(
            Q(status=status.CHECKED_IN)
            | Q(status=status.CONFIRMED, arrival_date__lte=day, departure_date__gte=day)
        )
        .order_by("pk")
        .values_list(*_COLUMNS, named=True)
    )
    nights = _night_rooms(hotel, day=day)
    opt_outs = dict(
        CleaningOptOut.objects.of_hotel(hotel)
        .filter(date=day)
        .values_list("booking_room_id", "reason")
    )
    return [
        Stay(
            pk=row.pk,
            label=f"{row.booking__reference}/{row.number}",
            in_house=row.status == status.CHECKED_IN,
            arrival=row.arrival_date,
            departure=row.departure_date,
            checked_in_date=row.checked_in_at and hotel.business_date(row.checked_in_at),
            room_id=row.room_id,
            last_night_room_id=nights.get((row.pk, day - ONE_DAY)),
            tonight_room_id=nights.get((row.pk, day)),
            vip=row.booking__guest__vip,
            eta=row.eta,
            key_issued=row.key_issued_at is not None,
            held=row.staff_hold,
            opt_out=opt_outs.get(row.pk),
        )
        for row in rows
    ]


def _sold(hotel: Hotel, *, day: date) -> list[Stay]:
    """Return the stays with a night before or after `day`, as if every guest kept to the plan.

    A guest with different rooms on the two nights moves on `day`.
    """
    status = BookingRoom.Status
    nights = _night_rooms(hotel, day=day)
    rows = (
        BookingRoom.objects.of_hotel(hotel)
        .filter(
            pk__in={stay for stay, _ in nights},
            status__in=(status.CONFIRMED, status.CHECKED_IN, status.CHECKED_OUT),
        )
        .order_by("pk")
        .values_list(*_COLUMNS, named=True)
    )
    return [
        Stay(
            pk=row.pk,
            label=f"{row.booking__reference}/{row.number}",
            in_house=row.arrival_date < day,
            arrival=row.arrival_date,
            departure=row.departure_date,
            room_id=nights.get((row.pk, day - ONE_DAY), nights.get((row.pk, day))),
            last_night_room_id=nights.get((row.pk, day - ONE_DAY)),
            tonight_room_id=nights.get((row.pk, day)),
            vip=row.booking__guest__vip,
        )
        for row in rows
    ]


def _night_rooms(hotel: Hotel, *, day: date) -> dict[tuple[int, date], int]:
    """Return the rooms of the nights before and after `day`, by booking room id and date."""
    rows = BookingNight.objects.of_hotel(hotel).filter(
        date__in=(day - ONE_DAY, day), released=False, room__isnull=False
    )
    return {
        (stay, night): room
        for stay, night, room in rows.values_list("booking_room_id", "date", "room_id")
        if room is not None
    }
