"""Previews of a job for each hotel: made here within a time budget, or read from a worker's."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from hotels.models import Hotel
from jobs import dispatch, queue, runner
from jobs.base import Job
from jobs.console.labels import kind_label
from jobs.models import PreviewRequest
from jobs.runner import Outcome

BUDGET = timedelta(seconds=8)
NAMES_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class PlannedChange:
    """Objects of one kind that a job would change: their number and the first names."""

    label: str
    count: int
    names: tuple[str, ...]

    @property
    def more(self) -> int:
        """Number of objects without a name here."""
        return self.count - len(self.names)


@dataclass(frozen=True, kw_only=True)
class HotelPreview:
    """Preview of the job in one hotel."""

    outcome: Outcome
    changes: tuple[PlannedChange, ...]

    @property
    def failed(self) -> bool:
        """True if the job would fail."""
        return bool(self.outcome.error)

    @property
    def problems(self) -> int:
        """Number of objects the job could not process; 0 if it would fail."""
        return self.outcome.problems if self.outcome.completed_with_problems else 0


@dataclass(frozen=True, kw_only=True)
class Previews:
    """Previews made within the budget, and the hotels without one."""

    shown: tuple[HotelPreview, ...]
    not_shown: tuple[Hotel, ...]

    @property
    def totals(self) -> Sequence[tuple[str, int]]:
        """Label and number of the planned changes in all previewed hotels."""
        counts: Counter[str] = Counter()
        for each in self.shown:
            counts.update({change.label: change.count for change in each.changes})
        return list(counts.items())

    @property
    def failing(self) -> int:
        """Number of previewed hotels in which the job would fail."""
        return sum(each.failed for each in self.shown)

    @property
    def with_problems(self) -> int:
        """Number of previewed hotels in which the job would complete with problems."""
        return sum(bool(each.problems) for each in self.shown)


def preview_hotels(*, job: Job, hotels: Sequence[Hotel], now: datetime) -> Previews:
    """Preview each hotel in its own transaction, rolled back; at least one despite the budget."""
    previews: list[HotelPreview] = []
    deadline = monotonic() + BUDGET.total_seconds()
    for hotel in hotels:
        if previews and monotonic() > deadline:
            break
        outcome = runner.preview(job=job, hotel=hotel, now=now)
        previews.append(HotelPreview(outcome=outcome, changes=_changes(outcome)))
    return Previews(shown=tuple(previews), not_shown=tuple(hotels[len(previews) :]))


def find_request(
    public_id: str, *, job: Job, hotels: Sequence[Hotel], by: AbstractBaseUser
) -> PreviewRequest | None:
    """The user's own request for previews of the job in exactly these hotels, if it is not too old.

    None for any other text.
    """
    try:
        key = UUID(public_id)
    except ValueError:
        return None
    rows = PreviewRequest.objects.filter(public_id=key, user_id=by.pk, job_name=job.name)
    found = rows.filter(created_at__gte=timezone.now() - PreviewRequest.KEPT_FOR).first()
    if found is None or set(found.hotel_ids) != {hotel.pk for hotel in hotels}:
        return None
    return found


def waits_for_others(*, by: AbstractBaseUser) -> bool:
    """True if the user waits for previews, for which earlier ones were given up."""
    recent = timezone.now() - PreviewRequest.KEPT_FOR
    rows = PreviewRequest.objects.filter(user_id=by.pk, finished_at=None, created_at__gte=recent)
    return rows.exists() and queue.is_attended()


def stored_previews(*, request: PreviewRequest, hotels: Sequence[Hotel]) -> Previews:
    """The previews that a worker has made in the hotels."""
    made = dispatch.previews_made(request=request, hotels=hotels)
    shown = tuple(HotelPreview(outcome=each, changes=_changes(each)) for each in made)
    done = {each.hotel.pk for each in made}
    return Previews(shown=shown, not_shown=tuple(each for each in hotels if each.pk not in done))


def _changes(outcome: Outcome) -> tuple[PlannedChange, ...]:
    return tuple(
        PlannedChange(
            label=kind_label(kind, job_name=outcome.job_name),
            count=effect["count"],
            names=tuple(item["label"] for item in effect["objects"][:NAMES_SHOWN]),
        )
        for kind, effect in outcome.effects.items()
        if effect["count"]
    )
