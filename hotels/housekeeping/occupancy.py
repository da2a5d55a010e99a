"""Who is in which room on a date, and who is expected there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from hotels.calendar import local_date

# A guest who announced an arrival counts as expected until the no-show check may give them up.
ETA_GRACE = timedelta(hours=2)


class Phase(Enum):
    """Where in the stay the occupant of a room is on the date."""

    ARRIVED = "arrived today"
    STAYING = "staying"
    MOVING_OUT = "moving to another room today"
    DUE_OUT = "due out today"


LEAVING = frozenset({Phase.DUE_OUT, Phase.MOVING_OUT})


@dataclass(frozen=True, kw_only=True)
class Stay:
    """One room of a booking, in house or confirmed, with what matters to cleaning.

    `room_id` is the room assigned now, the others the rooms of the nights before and after noon of
    the date. `opt_out` is the reason for no cleaning, None where the guest wants it.
    """

    pk: int
    label: str
    in_house: bool
    arrival: date
    departure: date
    room_id: int | None = None
    last_night_room_id: int | None = None
    tonight_room_id: int | None = None
    vip: bool = False
    eta: datetime | None = None
    key_issued: bool = False
    held: bool = False
    opt_out: str | None = None


@dataclass(frozen=True, kw_only=True)
class Occupant:
    """A stay that is in a room at this moment, and how many nights it has been in the hotel."""

    stay: Stay
    phase: Phase
    nights: int


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A stay that comes into a room today; `waiting`: the guest is there and the room is not."""

    stay_id: int
    vip: bool
    waiting: bool


@dataclass(frozen=True, kw_only=True)
class RoomOccupancy:
    """Occupants and arrivals by room id; `homeless` are in house, the books name no room."""

    occupants: Mapping[int, tuple[Occupant, ...]]
    arrivals: Mapping[int, tuple[Arrival, ...]]
    homeless: tuple[Stay, ...]


def read_occupancy(
    stays: Iterable[Stay], *, day: date, now: datetime, zone: ZoneInfo
) -> RoomOccupancy:
    """Place every stay for the calendar date `day` of the hotel."""
    occupants: dict[int, list[Occupant]] = defaultdict(list)
    arrivals: dict[int, list[Arrival]] = defaultdict(list)
    homeless = []
    for stay in stays:
        tonight = stay.tonight_room_id or stay.room_id
        if stay.in_house:
            room_id, phase = _placed(stay, day=day)
            if room_id is None:
                homeless.append(stay)
                continue
            nights = (day - stay.arrival).days
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
        homeless=tuple(homeless),
    )


def _placed(stay: Stay, *, day: date) -> tuple[int | None, Phase]:
    """The room an in-house guest is in, and the phase of the stay there.

    A guest due out, an overstay too, is in the room of last night; otherwise in tonight's, unless
    the move into it is still to come.
    """
    slept_in = stay.last_night_room_id or stay.room_id
    tonight = stay.tonight_room_id or stay.room_id
    if stay.departure <= day:
        return slept_in or tonight, Phase.DUE_OUT
    if stay.arrival >= day:
        return tonight, Phase.ARRIVED
    if tonight == slept_in:
        return tonight, Phase.STAYING
    if stay.room_id == slept_in:
        return slept_in, Phase.MOVING_OUT
    return tonight, Phase.ARRIVED


def _expected(stay: Stay, *, day: date, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a confirmed guest arrives today: as booked, or late and not given up."""
    if stay.arrival >= day:
        return stay.arrival == day
    announced = (
        stay.eta is not None
        and local_date(now=stay.eta, zone=zone) <= day
        and stay.eta + ETA_GRACE > now
    )
    return stay.departure > day and (stay.held or stay.key_issued or announced)


def _waiting(stay: Stay, *, now: datetime) -> bool:
    """Whether the guest must be in the lobby: a key is cut, or the announced time has come."""
    return stay.key_issued or (stay.eta is not None and stay.eta <= now)
