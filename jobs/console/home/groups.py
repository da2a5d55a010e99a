"""Action items grouped by kind, the worst kind first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hotels.action_items import (
    MESSAGES_FAILED,
    MESSAGES_UNSENT,
    NO_SHOWS,
    OVERBOOKED,
    OVERPAID,
    UNASSIGNED,
    ActionItem,
    ItemKind,
)
from jobs.alerts.alert_items import FAILED, PROBLEMS
from jobs.alerts.item_marks import SCHEDULES
from jobs.console.home.action_items import RESULTS, RETRIED
from jobs.console.home.worker_items import WORKERS

# The worst first.
KINDS = (
    WORKERS,
    *(FAILED, OVERBOOKED, RETRIED, NO_SHOWS, PROBLEMS, MESSAGES_FAILED, MESSAGES_UNSENT),
    *(RESULTS, UNASSIGNED, OVERPAID, SCHEDULES),
)


@dataclass(frozen=True, kw_only=True)
class ActionGroup:
    """Items of one kind: the first ones, and the number of all."""

    kind: ItemKind
    items: Sequence[ActionItem]
    count: int

    @property
    def more(self) -> int:
        """The number of items that are not shown."""
        return self.count - len(self.items)


def grouped(items: Iterable[ActionItem], *, shown: int) -> list[ActionGroup]:
    """Group the items by kind, with at most `shown` items each; kinds without items are left out.

    Raises KeyError for an item of a kind that is missing in `KINDS`.
    """
    by_kind: dict[ItemKind, list[ActionItem]] = {kind: [] for kind in KINDS}
    for item in items:
        by_kind[item.kind].append(item)
    return [
        ActionGroup(kind=kind, items=found[:shown], count=len(found))
        for kind, found in by_kind.items()
        if found
    ]
