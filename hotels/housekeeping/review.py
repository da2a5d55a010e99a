"""Review of a hotel's cleans: the rooms whose tasks must change, before anything is changed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hotels.housekeeping.assignment import Attendant
from hotels.housekeeping.cleaning_history import read_nights_since
from hotels.housekeeping.cleaning_rules import Clean, CleaningRules, NoClean, required_clean
from hotels.housekeeping.queries import StoredTask
from hotels.housekeeping.reconcile import is_settled
from hotels.housekeeping.snapshot import (
    HousekeepingSnapshot,
    attendants,
    read_hotel,
    read_snapshot,
    read_tasks,
)
from hotels.housekeeping.worklists import is_distributed
from hotels.models import Hotel


@dataclass(frozen=True, kw_only=True)
class HousekeepingReview:
    """The state of a hotel, and the clean each room needs that is not settled, by room id.

    `tasks` are those of the date and the open ones of earlier dates. `failures` are the rooms for
    which the rules give no clean, with the error. `is_assigned` says that the tasks of the date
    would keep their attendants if none of them changed.
    """

    hotel: Hotel
    snapshot: HousekeepingSnapshot
    tasks: Sequence[StoredTask]
    staff: tuple[Attendant, ...]
    unsettled: Mapping[int, Clean | NoClean]
    failures: Mapping[int, Exception]
    is_assigned: bool

    @property
    def is_settled(self) -> bool:
        """True if the round has no task to write."""
        return self.is_assigned and not self.unsettled


def review(hotel: Hotel, *, day: date, now: datetime, lock: bool) -> HousekeepingReview:
    """Review `hotel`, as stored now, for its calendar date `day`, in eight queries.

    With `lock` its row and the tasks are locked, in a transaction, so that two rounds cannot
    overlap.
    """
    hotel = read_hotel(hotel, lock=lock)
    snapshot = read_snapshot(hotel, day=day, now=now)
    tasks = read_tasks(hotel, day=day, lock=lock)
    staff = attendants(hotel, day=day)
    today: dict[int, list[StoredTask]] = defaultdict(list)
    earlier: dict[int, list[StoredTask]] = defaultdict(list)
    for task in tasks:
        (today if task.date == day else earlier)[task.room_id].append(task)
    rules = CleaningRules.of(hotel)
    nights = read_nights_since(hotel, day=day, snapshot=snapshot, rules=rules)
    unsettled: dict[int, Clean | NoClean] = {}
    failures: dict[int, Exception] = {}
    for key, room in snapshot.days.items():
        try:
            needed = required_clean(room, rules=rules, nights=nights.get(key))
            if not is_settled(needed, today=today.get(key, ()), earlier=earlier.get(key, ())):
                unsettled[key] = needed
        except Exception as error:  # noqa: BLE001  a bad room must not stop the others (rule 0)
            failures[key] = error
    return HousekeepingReview(
        hotel=hotel,
        snapshot=snapshot,
        tasks=tasks,
        staff=staff,
        unsettled=unsettled,
        failures=failures,
        is_assigned=is_distributed(
            (task for task in tasks if task.date == day),
            on_shift=frozenset(attendant.pk for attendant in staff),
        ),
    )
