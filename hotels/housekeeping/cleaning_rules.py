"""Rules for the clean a room needs on a date: kind, priority and minutes (domain rule 1)."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from hotels.calendar import ONE_DAY
from hotels.housekeeping.occupancy import LEAVING, Arrival, Occupant, Phase
from hotels.i18n import counted
from hotels.models import Hotel, HousekeepingTask, Priority

Kind = HousekeepingTask.Kind
MINUTES_A_DAY = 24 * 60
REASON_LENGTH = 200
GUEST_IN_ROOM = "a guest is in the room, and it is not clean"


@dataclass(frozen=True, kw_only=True)
class CleaningRules:
    """Options of a hotel: intervals in nights, credits in minutes for a room type of factor 1."""

    stayover_interval: int = 1
    linen_interval: int = 3
    departure_credits: int = 30
    stayover_credits: int = 20

    def earliest_date(self, day: date) -> date:
        """Return the first date whose cleans matter on `day`; after older ones a clean is due."""
        return day - ONE_DAY * (max(self.stayover_interval, self.linen_interval) + 1)

    @classmethod
    def of(cls, hotel: Hotel) -> Self:
        """Return the current options of `hotel`."""
        return cls(
            stayover_interval=hotel.stayover_interval,
            linen_interval=hotel.linen_interval,
            departure_credits=hotel.departure_credits,
            stayover_credits=hotel.stayover_credits,
        )


@dataclass(frozen=True, kw_only=True)
class RoomDay:
    """State of one room on one date.

    `out_of_order`: an out-of-order block covers the date; `back_in_order`: one ends on it. `factor`
    multiplies the minutes of a clean and belongs to the room type. `moved_out`: a guest slept here
    last night and has moved to another room.
    """

    room_id: int
    number: str
    floor: int = 1
    active: bool = True
    dirty: bool = False
    factor: Decimal = Decimal(1)
    out_of_order: bool = False
    back_in_order: bool = False
    moved_out: bool = False
    occupants: tuple[Occupant, ...] = ()
    arrivals: tuple[Arrival, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Clean:
    """A clean the room needs; `skipped` if the guest does not want it."""

    kind: str
    priority: str
    minutes: int
    reason: str
    stay_id: int | None = None
    linen_change: bool = False
    skipped: bool = False


@dataclass(frozen=True, kw_only=True)
class NoClean:
    """No clean needed, and the reason."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class NightsSince:
    """Nights since the room of a staying guest was cleaned, and since its linen was changed.

    A clean made for the arrival counts. None: not at all since the guest is in the room.
    """

    clean: int | None
    linen: int | None


def required_clean(
    room: RoomDay, *, rules: CleaningRules, nights: NightsSince | None = None
) -> Clean | NoClean:
    """Return the result of the first matching rule, in the order of domain rule 1.

    `nights` counts from the cleans done in the room; without it, from the guest's arrival. Raises
    ValueError if the clean would take more minutes than a day has.
    """
    if not room.occupants and (reason := _closed_reason(room)):
        return NoClean(reason=reason)
    leaving = next((guest for guest in room.occupants if guest.phase in LEAVING), None)
    if leaving:
        return _departure(room, rules=rules, reason=leaving.phase.value, guest=leaving)
    if staying := [guest for guest in room.occupants if guest.phase is Phase.STAYING]:
        guest = staying[0]
        nights = nights or NightsSince(clean=guest.nights, linen=guest.nights)
        return _stayover(room, rules=rules, guest=guest, nights=nights)
    return _before_the_first_night(room, rules=rules)


def minutes_for(weight: int, *, factor: Decimal) -> int:
    """Return `weight` minutes times `factor`, rounded half up; raises ValueError above a day."""
    minutes = int((weight * factor).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if minutes > MINUTES_A_DAY:
        raise ValueError(f"credits factor {factor} gives {minutes:,} minutes, more than a day")
    return minutes


def due(nights: int | None, *, interval: int) -> bool:
    """Return whether work due every `interval` nights is due after `nights` without it."""
    return nights is None or nights >= interval


def _before_the_first_night(room: RoomDay, *, rules: CleaningRules) -> Clean | NoClean:
    """Return the clean of a room that is vacant, or whose guest arrived today.

    The guest in a room that was not cleaned waits for its departure clean.
    """
    causes = {
        "back from out of order": room.back_in_order,
        "the guest moved to another room": room.moved_out,
        "vacant and dirty": room.dirty,
    }
    cause = next((reason for reason, applies in causes.items() if applies), None)
    if cause is None:
        if room.occupants:
            return NoClean(reason="the guest arrived today into a clean room")
        return NoClean(reason="the room is vacant and clean")
    clean = _departure(room, rules=rules, reason=cause, guest=None)
    if room.occupants:
        return replace(clean, priority=Priority.URGENT, reason=GUEST_IN_ROOM)
    return clean


def _closed_reason(room: RoomDay) -> str | None:
    """Return why an empty room is not in use, or None; a room with a guest in it is in use."""
    if not room.active:
        return "the room is inactive"
    return "the room is out of order all day" if room.out_of_order else None


def _departure(
    room: RoomDay, *, rules: CleaningRules, reason: str, guest: Occupant | None
) -> Clean:
    return Clean(
        kind=Kind.DEPARTURE,
        priority=_departure_priority(room.arrivals),
        minutes=minutes_for(rules.departure_credits, factor=room.factor),
        reason=reason,
        stay_id=guest.stay.pk if guest else None,
    )


def _departure_priority(arrivals: tuple[Arrival, ...]) -> str:
    if any(arrival.waiting or arrival.vip for arrival in arrivals):
        return Priority.URGENT
    return Priority.HIGH if arrivals else Priority.NORMAL


def _stayover(
    room: RoomDay, *, rules: CleaningRules, guest: Occupant, nights: NightsSince
) -> Clean | NoClean:
    opt_out = guest.stay.opt_out
    if opt_out is None and not due(nights.clean, interval=rules.stayover_interval):
        return NoClean(reason=_not_due(nights.clean or 0, interval=rules.stayover_interval))
    reason = f"stay-over, night {guest.nights}"
    if opt_out is not None:
        reason = f"Guest declined cleaning: {opt_out}".removesuffix(": ")[:REASON_LENGTH]
    return Clean(
        kind=Kind.STAYOVER,
        priority=Priority.LOW,
        minutes=minutes_for(rules.stayover_credits, factor=room.factor),
        reason=reason,
        stay_id=guest.stay.pk,
        linen_change=opt_out is None and due(nights.linen, interval=rules.linen_interval),
        skipped=opt_out is not None,
    )


def _not_due(nights: int, *, interval: int) -> str:
    if not nights:
        return "the room was already cleaned today"
    return (
        f"{counted(nights, 'night')} since the last clean; "
        f"stay-over cleans every {counted(interval, 'night')}"
    )
