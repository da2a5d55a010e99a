"""Rooms, guests, tasks and attendants of a hotel on one date, read in a few queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db import DEFAULT_DB_ALIAS

from hotels.calendar import ONE_DAY
from hotels.housekeeping import queries
from hotels.housekeeping.assignment import Attendant
from hotels.housekeeping.cleaning_rules import CleaningRules, RoomDay
from hotels.housekeeping.occupancy import RoomOccupancy, Stay, read_occupancy
from hotels.housekeeping.queries import StayRow, StoredTask
from hotels.models import BookingNight, BookingRoom, Hotel, HousekeepingTask, Room

_SOLD_COLUMNS = (
    *("pk", "booking__reference", "number", "arrival_date", "departure_date"),
    "booking__guest__vip",
)


@dataclass(frozen=True, kw_only=True)
class HousekeepingSnapshot:
    """Rooms of a hotel on one date by room id, and the guests in them.

    `slept_in` is the last night before the date by stay and room, as far back as cleans matter; it
    is empty for a date that is planned.
    """

    rooms: Mapping[int, Room]
    days: Mapping[int, RoomDay]
    occupancy: RoomOccupancy
    slept_in: Mapping[int, Mapping[int, date]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Nights:
    """The rooms of the nights before and after the date by stay, and `slept_in`."""

    before: Mapping[int, int]
    after: Mapping[int, int]
    slept_in: Mapping[int, Mapping[int, date]]


def read_snapshot(hotel: Hotel, *, day: date, now: datetime) -> HousekeepingSnapshot:
    """Read `hotel` for its calendar date `day`, which contains `now`."""
    nights = _nights(hotel, day=day)
    found = _read(hotel, day=day, stays=_stays(hotel, day=day, nights=nights), now=now)
    return replace(found, slept_in=nights.slept_in)


def read_planned(hotel: Hotel, *, day: date, now: datetime) -> HousekeepingSnapshot:
    """Read `hotel` for a past or future date `day`, from the nights sold.

    The guests in house now say nothing about another date, so a guest with the night before it is
    taken as in house.
    """
    return _read(hotel, day=day, stays=_sold(hotel, day=day), now=now)


def read_hotel(hotel: Hotel, *, lock: bool) -> Hotel:
    """Return the hotel as it is stored now; locked, if asked for.

    Without locking the key, bookings and tasks can still be inserted for the hotel. Raises
    Hotel.DoesNotExist.
    """
    rows = (queries.LOCKED_HOTEL if lock else queries.HOTEL).rows(hotel=hotel.pk)
    if not rows:
        raise Hotel.DoesNotExist
    return Hotel.from_db(DEFAULT_DB_ALIAS, queries.HOTEL_COLUMNS, rows[0])


def _read(hotel: Hotel, *, day: date, stays: Iterable[Stay], now: datetime) -> HousekeepingSnapshot:
    found = read_occupancy(stays, day=day, now=now, zone=hotel.zone)
    rooms, days = {}, {}
    for *columns, factor, out_of_order, back_in_order in queries.ROOMS.rows(
        hotel=hotel.pk, day=day
    ):
        room = Room.from_db(DEFAULT_DB_ALIAS, queries.ROOM_COLUMNS, columns)
        rooms[room.pk] = room
        days[room.pk] = RoomDay(
            room_id=room.pk,
            number=room.number,
            floor=room.floor,
            active=room.active,
            dirty=room.cleanliness == Room.Cleanliness.DIRTY,
            factor=factor,
            out_of_order=out_of_order,
            back_in_order=back_in_order,
            moved_out=room.pk in found.moved_out,
            occupants=found.occupants.get(room.pk, ()),
            arrivals=found.arrivals.get(room.pk, ()),
        )
    return HousekeepingSnapshot(rooms=rooms, days=days, occupancy=found)


def read_tasks(hotel: Hotel, *, day: date, lock: bool) -> list[StoredTask]:
    """Return all tasks of the date and the open ones of earlier dates, in order of their keys."""
    query = queries.LOCKED_TASKS if lock else queries.TASKS
    return list(map(StoredTask._make, query.rows(hotel=hotel.pk, day=day)))


def as_objects(tasks: Iterable[StoredTask], *, rooms: Mapping[int, Room]) -> list[HousekeepingTask]:
    """Return the tasks as objects, each with its room of `rooms`: it takes no query."""
    found = [task.as_object() for task in tasks]
    for task in found:
        task.room = rooms[task.room_id]
    return found


def attendants(hotel: Hotel, *, day: date) -> tuple[Attendant, ...]:
    """Return the active housekeepers on a work shift on `day`.

    A hotel without any shifts of housekeepers has all its active housekeepers; the shifts of other
    roles do not matter.
    """
    return tuple(
        Attendant(pk=pk, capacity=capacity, floor=floor)
        for pk, capacity, floor in queries.ATTENDANTS.rows(hotel=hotel.pk, day=day)
    )


def _nights(hotel: Hotel, *, day: date) -> _Nights:
    before, after = {}, {}
    slept_in: dict[int, dict[int, date]] = defaultdict(dict)
    first = CleaningRules.of(hotel).earliest_date(day)
    for stay, room, last, latest in queries.NIGHTS.rows(hotel=hotel.pk, first=first, day=day):
        if last is not None:
            slept_in[stay][room] = last
            if last == day - ONE_DAY:
                before[stay] = room
        if latest == day:
            after[stay] = room
    return _Nights(before=before, after=after, slept_in=slept_in)


def _stays(hotel: Hotel, *, day: date, nights: _Nights) -> list[Stay]:
    """Return the stays in house and the confirmed ones that may arrive on `day`."""
    rows = queries.STAYS.rows(hotel=hotel.pk, day=day)
    return [
        Stay(
            pk=row.pk,
            label=f"{row.reference}/{row.number}",
            in_house=row.status == BookingRoom.Status.CHECKED_IN,
            arrival=row.arrival_date,
            departure=row.departure_date,
            checked_in_date=row.checked_in_at and hotel.business_date(row.checked_in_at),
            room_id=row.room_id,
            last_night_room_id=nights.before.get(row.pk),
            tonight_room_id=nights.after.get(row.pk),
            vip=row.vip,
            eta=row.eta,
            key_issued=row.key_issued_at is not None,
            held=row.staff_hold,
            opt_out=row.opt_out,
        )
        for row in map(StayRow._make, rows)
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
        .values_list(*_SOLD_COLUMNS, named=True)
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
    rows = rows.order_by()
    return {
        (stay, night): room
        for stay, night, room in rows.values_list("booking_room_id", "date", "room_id")
        if room is not None
    }
