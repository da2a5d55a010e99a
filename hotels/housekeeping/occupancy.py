"""Guests in each room on a date, and guests expected there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from hotels.calendar import local_date

# A guest who announced a late arrival is expected until the no-show check may act (domain rule 3).
ETA_GRACE = timedelta(hours=2)


class Phase(Enum):
    """Phase of a stay in its room on the date; the value is the reason for a clean."""

    ARRIVED = "arrived today"
    STAYING = "staying"
    MOVING_OUT = "moving to another room today"
    DUE_OUT = "due out today"


LEAVING = frozenset({Phase.DUE_OUT, Phase.MOVING_OUT})


@dataclass(frozen=True, kw_only=True)
class Stay:
    """The facts about one booking room, in house or confirmed, that cleaning depends on.

    `checked_in_date` is the business date of the check-in, where it is known. `room_id` is the room
    assigned now; the other two are the rooms of the nights before and after the date. `opt_out` is
    the reason given for declining cleaning, which may be empty; None if the guest did not decline.
    """

    pk: int
    label: str
    in_house: bool
    arrival: date
    departure: date
    checked_in_date: date | None = None
    room_id: int | None = None
    last_night_room_id: int | None = None
    tonight_room_id: int | None = None
    vip: bool = False
    eta: datetime | None = None
    key_issued: bool = False
    held: bool = False
    opt_out: str | None = None

    @property
    def arrived(self) -> date:
        """The date of the first night slept here: guests may arrive before or after their date."""
        return self.checked_in_date or self.arrival


@dataclass(frozen=True, kw_only=True)
class Occupant:
    """A stay in a room now, and the nights since its arrival."""

    stay: Stay
    phase: Phase
    nights: int


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A stay that moves into a room today; `waiting` if the guest is at the hotel already."""

    stay_id: int
    vip: bool
    waiting: bool


@dataclass(frozen=True, kw_only=True)
class RoomOccupancy:
    """Occupants and arrivals by room id; the stays in `without_room` are in house without one.

    `moved_out`: the rooms that a guest slept in last night and has left for another room.
    """

    occupants: Mapping[int, tuple[Occupant, ...]]
    arrivals: Mapping[int, tuple[Arrival, ...]]
    moved_out: frozenset[int]
    without_room: tuple[Stay, ...]


def read_occupancy(
    stays: Iterable[Stay], *, day: date, now: datetime, zone: ZoneInfo
) -> RoomOccupancy:
    """Place every stay on the calendar date `day` of a hotel in `zone`, as of `now`."""
    occupants: dict[int, list[Occupant]] = defaultdict(list)
    arrivals: dict[int, list[Arrival]] = defaultdict(list)
    homeless = []
    moved_out: set[int] = set()
    for stay in stays:
        tonight = stay.tonight_room_id or stay.room_id
        if stay.in_house:
            room_id, phase = _placed(stay, day=day)
            if room_id is None:
                homeless.append(stay)
                continue
            if left := _room_left(stay, into=room_id, phase=phase, day=day):
                moved_out.add(left)
            nights = (day - stay.arrived).days
            occupants[room_id].append(Occupant(stay=stay, phase=phase, nights=nights))
            if phase is Phase.MOVING_OUT and tonight is not None:
                arrivals[tonight].append(Arrival(stay_id=stay.pk, vip=stay.vip, waiting=False))
        elif tonight is not None and _expected(stay, day=day, now=now, zone=zone):
            arrivals[tonight].append(
                Arrival(stay_id=stay.pk, vip=stay.vip, waiting=_waiting(stay, now=now))
            )
    return RoomOccupancy(
        occupants={room_id: tuple(found) for room_id, found in occupants.items()},
        arrivals={room_id: tuple(found) for room_id, found in arrivals.items()},
        moved_out=frozenset(moved_out),
        without_room=tuple(homeless),
    )


def _placed(stay: Stay, *, day: date) -> tuple[int | None, Phase]:
    """Return the room an in-house guest is in, and the phase of the stay there.

    A guest due out, or overdue, is in last night's room. Any other guest is in tonight's room,
    unless a move into it has not happened yet.
    """
    slept_in = stay.last_night_room_id or stay.room_id
    tonight = stay.tonight_room_id or stay.room_id
    if stay.departure <= day:
        return slept_in or tonight, Phase.DUE_OUT
    if stay.arrived >= day:
        return tonight, Phase.ARRIVED
    if tonight == slept_in:
        return tonight, Phase.STAYING
    if stay.room_id == slept_in:
        return slept_in, Phase.MOVING_OUT
    return tonight, Phase.ARRIVED


def _room_left(stay: Stay, *, into: int, phase: Phase, day: date) -> int | None:
    """Return the other room that the guest, now in room `into`, slept in last night, or None."""
    moved = phase is Phase.ARRIVED and stay.arrived < day and stay.last_night_room_id != into
    return stay.last_night_room_id if moved else None


def _expected(stay: Stay, *, day: date, now: datetime, zone: ZoneInfo) -> bool:
    """Return whether a confirmed guest arrives today: as booked, or late but still expected."""
    if stay.arrival >= day:
        return stay.arrival == day
    announced = (
        stay.eta is not None
        and local_date(now=stay.eta, zone=zone) <= day
        and stay.eta + ETA_GRACE > now
    )
    return stay.departure > day and (stay.held or stay.key_issued or announced)


def _waiting(stay: Stay, *, now: datetime) -> bool:
    """Return whether the guest waits for the room: has a key, or the announced time has passed."""
    return stay.key_issued or (stay.eta is not None and stay.eta <= now)
