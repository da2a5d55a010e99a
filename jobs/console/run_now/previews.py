"""What a job would do, hotel by hotel, for as long as a person likes to wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from hotels.models import Hotel
from jobs import dispatch
from jobs.base import Job
from jobs.console.labels import kind_label
from jobs.runner import Outcome

BUDGET = timedelta(seconds=8)
OBJECTS_NAMED = 8


@dataclass(frozen=True, kw_only=True)
class WouldChange:
    """Objects of one kind a job would change: how many, and the first of them by name."""

    label: str
    count: int
    named: tuple[str, ...]

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.named)


@dataclass(frozen=True, kw_only=True)
class HotelPreview:
    """What the job would do in one hotel."""

    outcome: Outcome
    changes: tuple[WouldChange, ...]

    @property
    def failed(self) -> bool:
        """Whether it would fail."""
        return bool(self.outcome.error)


@dataclass(frozen=True, kw_only=True)
class Previews:
    """The previews made within the budget, and the hotels left out of them."""

    made: tuple[HotelPreview, ...]
    left: tuple[Hotel, ...]


def preview_hotels(*, job: Job, hotels: Sequence[Hotel], now: datetime) -> Previews:
    """Each hotel in a transaction of its own that is rolled back; at least one is previewed."""
    made: list[HotelPreview] = []
    ends = monotonic() + BUDGET.total_seconds()
    for hotel in hotels:
        if made and monotonic() > ends:
            break
        (outcome,) = dispatch.preview(job=job, hotels=[hotel], now=now).outcomes
        made.append(HotelPreview(outcome=outcome, changes=_changes(outcome)))
    return Previews(made=tuple(made), left=tuple(hotels[len(made) :]))


def _changes(outcome: Outcome) -> tuple[WouldChange, ...]:
    return tuple(
        WouldChange(
            label=kind_label(kind),
            count=effect["count"],
            named=tuple(item["label"] for item in effect["objects"][:OBJECTS_NAMED]),
        )
        for kind, effect in outcome.effects.items()
        if effect["count"]
    )
