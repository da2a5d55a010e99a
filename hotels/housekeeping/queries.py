"""The queries of the housekeeping round: rows of a hotel on one date."""

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import BigAutoField, DateField, Exists, FilteredRelation, Max, OuterRef, Q

from hotels.housekeeping.finishing import FINISHED
from hotels.models import (
    BookingNight,
    BookingRoom,
    Hotel,
    HousekeepingTask,
    Room,
    RoomBlock,
    Shift,
    StaffMember,
)
from hotels.prepared import Among, CompiledQuery, Given

_HOTEL = Given("hotel", field=BigAutoField())
# The date of the round, and the earliest date that still matters.
_DAY = Given("day", field=DateField())
_FIRST = Given("first", field=DateField())

_Stay, _Task = BookingRoom.Status, HousekeepingTask.Status
NOT_DONE = (*HousekeepingTask.OPEN_STATUSES, _Task.ROLLED_OVER)
HOTEL_COLUMNS = tuple(field.attname for field in Hotel._meta.concrete_fields)
ROOM_COLUMNS = tuple(field.attname for field in Room._meta.concrete_fields)
PERSON_COLUMNS = tuple(field.attname for field in StaffMember._meta.concrete_fields)


class StayRow(NamedTuple):
    """A stay in house, or a confirmed one that may arrive on the date."""

    pk: int
    reference: str
    number: int
    status: str
    arrival_date: date
    departure_date: date
    room_id: int | None
    checked_in_at: datetime | None
    eta: datetime | None
    key_issued_at: datetime | None
    staff_hold: bool
    vip: bool
    opt_out: str | None


class StoredTask(NamedTuple):
    """A stored task as a row, for decisions that may change nothing; see `HousekeepingTask`."""

    id: int
    hotel_id: int
    room_id: int
    booking_room_id: int | None
    date: date
    kind: str
    priority: str
    credits: int
    linen_change: bool
    source: str
    status: str
    assignee_id: int | None
    assigned_by_person: bool
    closed_by_round: str
    reason: str
    rolled_over_from_id: int | None
    started_at: datetime | None
    completed_at: datetime | None
    created_at: datetime

    @property
    def pk(self) -> int:
        """The primary key."""
        return self.id

    def as_object(self) -> HousekeepingTask:
        """The task itself, which can be changed and saved."""
        return HousekeepingTask.from_db(DEFAULT_DB_ALIAS, self._fields, self)


AnyTask = HousekeepingTask | StoredTask


def _tasks() -> Any:
    unfinished = Q(date__lt=_DAY, status__in=HousekeepingTask.OPEN_STATUSES)
    rooms = Room.objects.filter(hotel_id=_HOTEL).order_by().values("pk")
    return HousekeepingTask.objects.filter(
        Q(date=_DAY) | unfinished, hotel_id=_HOTEL, room_id__in=rooms
    )


def _stays() -> Any:
    return (
        BookingRoom.objects.filter(
            Q(status=_Stay.CHECKED_IN)
            | Q(status=_Stay.CONFIRMED, arrival_date__lte=_DAY, departure_date__gte=_DAY),
            hotel_id=_HOTEL,
        )
        .annotate(
            opt_out=FilteredRelation("cleaning_opt_outs", condition=Q(cleaning_opt_outs__date=_DAY))
        )
        .order_by("pk")
        .values_list(
            *("pk", "booking__reference", "number", "status", "arrival_date", "departure_date"),
            *("room_id", "checked_in_at", "eta", "key_issued_at", "staff_hold"),
            *("booking__guest__vip", "opt_out__reason"),
        )
    )


def _rooms() -> Any:
    closed = RoomBlock.objects.filter(room=OuterRef("pk"), kind=RoomBlock.Kind.OUT_OF_ORDER)
    return (
        Room.objects.filter(hotel_id=_HOTEL)
        .order_by("number")
        .values_list(
            *ROOM_COLUMNS,
            "room_type__credits",
            Exists(closed.filter(start_date__lte=_DAY, end_date__gt=_DAY)),
            Exists(closed.filter(start_date__lte=_DAY, end_date=_DAY)),
        )
    )


def _attendants() -> Any:
    role = StaffMember.Role.HOUSEKEEPING
    shifts = Shift.objects.filter(staff__hotel_id=_HOTEL, staff__role=role).order_by()
    working = Shift.objects.filter(staff=OuterRef("pk"), date=_DAY, kind=Shift.Kind.WORK)
    return (
        StaffMember.objects.filter(Exists(working) | ~Exists(shifts))
        .filter(hotel_id=_HOTEL, active=True, role=role)
        .order_by("pk")
        .values_list("pk", "credits_per_day", "home_floor")
    )


def _tasks_since() -> Any:
    return HousekeepingTask.objects.filter(hotel_id=_HOTEL, date__gte=_FIRST).order_by()


HOTEL = CompiledQuery(lambda: Hotel.objects.filter(pk=_HOTEL).values_list(*HOTEL_COLUMNS))
LOCKED_HOTEL = CompiledQuery(
    lambda: Hotel.objects.filter(pk=_HOTEL).locked().values_list(*HOTEL_COLUMNS)
)
TASKS = CompiledQuery(lambda: _tasks().order_by("pk").values_list(*StoredTask._fields))
LOCKED_TASKS = CompiledQuery(lambda: _tasks().locked().values_list(*StoredTask._fields))
STAYS = CompiledQuery(_stays)
"""Rows of `StayRow`."""
ROOMS = CompiledQuery(_rooms)
"""The columns of each room, the credits of its type, and two facts about out-of-order blocks: that
one covers the date, and that one ends on it.
"""
LOCKED_ROOMS = CompiledQuery(
    lambda: Room.objects.filter(Among("pk", keys="rooms")).locked().values_list("cleanliness")
)
"""Locks rooms that are written next."""
ATTENDANTS = CompiledQuery(_attendants)
"""Key, credits a day and home floor of the housekeepers on shift; without shifts, of all."""
PEOPLE = CompiledQuery(
    lambda: (
        StaffMember.objects.filter(hotel_id=_HOTEL)
        .order_by()
        .values_list(*PERSON_COLUMNS, "user__email")
    )
)
"""The columns of each employee of the hotel, and the e-mail address of the user, if any."""
CLEANED = CompiledQuery(
    lambda: (
        _tasks_since()
        .filter(date__lte=_DAY, status__in=FINISHED)
        .values_list("room_id", "kind", "linen_change")
        .annotate(Max("date"), Max("completed_at"))
    )
)
LEFT_UNDONE = CompiledQuery(
    lambda: (
        _tasks_since()
        .filter(date__lt=_DAY, kind=HousekeepingTask.Kind.DEPARTURE, status__in=NOT_DONE)
        .values_list("room_id", "date")
    )
)
NIGHTS = CompiledQuery(
    lambda: (
        BookingNight.objects.filter(
            hotel_id=_HOTEL,
            date__gte=_FIRST,
            date__lte=_DAY,
            released=False,
            room__isnull=False,
        )
        .order_by()
        .values_list("booking_room_id", "room_id")
        .annotate(before=Max("date", filter=Q(date__lt=_DAY)), latest=Max("date"))
    )
)
"""Each stay and room: the last night before the date, and the last one up to it."""
