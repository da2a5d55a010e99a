"""Which clean a room needs on a date, how soon, and how long it takes (domain rule 1)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from hotels.housekeeping.occupancy import LEAVING, Arrival, Occupant, Phase
from hotels.models import Hotel, HousekeepingTask, Priority

Kind = HousekeepingTask.Kind
MINUTES_A_DAY = 24 * 60
REASON_LENGTH = 200


@dataclass(frozen=True, kw_only=True)
class CleaningRules:
    """The hotel's options: nights between cleans, minutes for a room type of factor 1."""

    stayover_interval: int = 1
    linen_interval: int = 3
    departure_credits: int = 30
    stayover_credits: int = 20

    @classmethod
    def of(cls, hotel: Hotel) -> Self:
        """The options as the hotel has them now."""
        return cls(
            stayover_interval=hotel.stayover_interval,
            linen_interval=hotel.linen_interval,
            departure_credits=hotel.departure_credits,
            stayover_credits=hotel.stayover_credits,
        )


@dataclass(frozen=True, kw_only=True)
class RoomDay:
    """One room on one date, as the books tell it.

    `out_of_order`: a block covers the date; `back_in_order`: one ends on it. `factor` is the room
    type's credits factor.
    """

    room_id: int
    number: str
    floor: int = 1
    active: bool = True
    dirty: bool = False
    factor: Decimal = Decimal(1)
    out_of_order: bool = False
    back_in_order: bool = False
    occupants: tuple[Occupant, ...] = ()
    arrivals: tuple[Arrival, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Clean:
    """The clean a room needs; `skipped`: it would, but the guest wants none."""

    kind: str
    priority: str
    minutes: int
    reason: str
    stay_id: int | None = None
    linen_change: bool = False
    skipped: bool = False


@dataclass(frozen=True, kw_only=True)
class NoClean:
    """Why a room needs none."""

    reason: str


def required_clean(room: RoomDay, *, rules: CleaningRules) -> Clean | NoClean:
    """The first rule that fits, in the order of domain rule 1.

    Raises ValueError where the credits make more minutes than a day has.
    """
    if not room.active:
        return NoClean(reason="the room is not in use")
    if room.out_of_order:
        return NoClean(reason="the room is out of order all day")
    leaving = next((one for one in room.occupants if one.phase in LEAVING), None)
    if room.back_in_order:
        return _departure(room, rules=rules, reason="back from out of order", guest=leaving)
    if leaving:
        return _departure(room, rules=rules, reason=leaving.phase.value, guest=leaving)
    if not room.occupants:
        if room.dirty:
            return _departure(room, rules=rules, reason="vacant and dirty", guest=None)
        return NoClean(reason="the room is vacant and clean")
    if any(one.phase is Phase.ARRIVED for one in room.occupants):
        return NoClean(reason="the guest arrived today")
    return _stayover(room, rules=rules, guest=room.occupants[0])


def minutes_for(weight: int, *, factor: Decimal) -> int:
    """`weight` minutes times the room type's factor, HALF_UP to whole minutes."""
    minutes = int((weight * factor).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if minutes > MINUTES_A_DAY:
        raise ValueError(f"the credits factor {factor} makes {minutes} minutes, more than a day")
    return minutes


def linen_due(nights: int, *, rules: CleaningRules) -> bool:
    """Whether a change has fallen due since the clean before, so that none is lost between two."""
    before = max(nights - rules.stayover_interval, 0)
    return nights // rules.linen_interval > before // rules.linen_interval


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


def _stayover(room: RoomDay, *, rules: CleaningRules, guest: Occupant) -> Clean | NoClean:
    opt_out = guest.stay.opt_out
    if opt_out is None and guest.nights % rules.stayover_interval:
        return NoClean(
            reason=f"night {guest.nights}, cleaned every {rules.stayover_interval} nights"
        )
    reason = f"staying, night {guest.nights}"
    if opt_out is not None:
        reason = f"The guest wants no cleaning: {opt_out}".removesuffix(": ")[:REASON_LENGTH]
    return Clean(
        kind=Kind.STAYOVER,
        priority=Priority.LOW,
        minutes=minutes_for(rules.stayover_credits, factor=room.factor),
        reason=reason,
        stay_id=guest.stay.pk,
        linen_change=opt_out is None and linen_due(guest.nights, rules=rules),
        skipped=opt_out is not None,
    )
