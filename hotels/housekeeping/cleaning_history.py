"""Dates on which the rooms of staying guests were last cleaned, from the tasks done."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hotels.calendar import ONE_DAY
from hotels.housekeeping import queries
from hotels.housekeeping.cleaning_rules import CleaningRules, NightsSince
from hotels.housekeeping.occupancy import Occupant, Phase
from hotels.housekeeping.snapshot import HousekeepingSnapshot
from hotels.models import Hotel, HousekeepingTask

Kind = HousekeepingTask.Kind


@dataclass(frozen=True, kw_only=True)
class CleaningHistory:
    """Cleans of one room: when the last one was done, and when the last one with fresh linen was.

    `not_done`: the dates of departure cleans that were left undone.
    """

    cleaned: date | None = None
    linen_changed: date | None = None
    not_done: frozenset[date] = frozenset()


def nights_since(history: CleaningHistory, *, since: date, day: date) -> NightsSince:
    """Return the nights on `day` that count for a guest who is in the room since the date `since`.

    The clean for the arrival starts the count, whenever it was done before. If it was left undone,
    only cleans since then count.
    """
    prepared = None if since in history.not_done else since
    return NightsSince(
        clean=_nights(history.cleaned, prepared=prepared, since=since, day=day),
        linen=_nights(history.linen_changed, prepared=prepared, since=since, day=day),
    )


def read_nights_since(
    hotel: Hotel, *, day: date, snapshot: HousekeepingSnapshot, rules: CleaningRules
) -> dict[int, NightsSince]:
    """Return the nights since the last cleans by id of each room with a staying guest.

    Takes two queries. Older cleans than the longest interval are not read: they are due anyway.
    """
    histories = _histories(hotel, first=rules.earliest_date(day), day=day)
    return {
        room_id: nights_since(
            histories.get(room_id, CleaningHistory()),
            since=_in_room_since(guest, room_id, slept_in=snapshot.slept_in.get(guest.stay.pk, {})),
            day=day,
        )
        for room_id, occupants in snapshot.occupancy.occupants.items()
        for guest in reversed(occupants)  # the first one counts, as in the rules
        if guest.phase is Phase.STAYING
    }


def _nights(done: date | None, *, prepared: date | None, since: date, day: date) -> int | None:
    counted_from = [prepared] if prepared else []
    if done is not None and done >= since:
        counted_from.append(done)
    return (day - max(counted_from)).days if counted_from else None


def _histories(hotel: Hotel, *, first: date, day: date) -> dict[int, CleaningHistory]:
    cleaned: dict[int, date] = {}
    linen_changed: dict[int, date] = {}
    for room_id, kind, linen, last_date, last_completed in queries.CLEANED.rows(
        hotel=hotel.pk, first=first, day=day
    ):
        done = last_date
        if last_completed is not None:
            # A clean finished after midnight belongs to the business day that is still open.
            done = max(done, hotel.business_date(last_completed))
        cleaned[room_id] = max(done, cleaned.get(room_id, done))
        if linen or kind == Kind.DEPARTURE:
            linen_changed[room_id] = max(done, linen_changed.get(room_id, done))
    not_done: dict[int, set[date]] = defaultdict(set)
    for room_id, date_ in queries.LEFT_UNDONE.rows(hotel=hotel.pk, first=first, day=day):
        not_done[room_id].add(date_)
    return {
        room_id: CleaningHistory(
            cleaned=cleaned.get(room_id),
            linen_changed=linen_changed.get(room_id),
            not_done=frozenset(not_done.get(room_id, ())),
        )
        for room_id in cleaned.keys() | not_done.keys()
    }


def _in_room_since(guest: Occupant, room_id: int, *, slept_in: Mapping[int, date]) -> date:
    """Return the date the guest came into the room: the arrival, or the last move."""
    moved = [last + ONE_DAY for room, last in slept_in.items() if room != room_id]
    return max([guest.stay.arrived, *moved])
