"""Where every job stands in every hotel: its newest execution, and whether a slot went by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.db.models import OuterRef, Subquery

from hotels.models import Hotel
from jobs import cron_expressions
from jobs.base import Job
from jobs.cron_expressions import BadExpression
from jobs.models import JobExecution, Status
from jobs.scheduling import GRACE, EffectiveSchedule, effective_schedules

# Keys in one statement: SQLite takes some thirty thousand parameters.
_AT_ONCE = 10_000
_COLUMNS = (
    "hotel_id",
    "job_name",
    "status",
    "attempt",
    "skip_reason",
    "scheduled_for",
    "not_before",
    "created_at",
    "completed_at",
    "updated_at",
    "metadata",
)


@dataclass(frozen=True, kw_only=True)
class JobStatus:
    """A job in a hotel: the newest execution, None before the first; the slots around now.

    `last_slot` is the newest slot that has come, `next_slot` the first to come; None where the
    schedule is switched off or cannot be read.
    """

    hotel: Hotel
    job: Job
    newest: JobExecution | None
    last_slot: datetime | None
    next_slot: datetime | None

    @property
    def status(self) -> str:
        """The newest one's; empty before the first."""
        return self.newest.status if self.newest else ""

    def late(self, *, now: datetime) -> timedelta | None:
        """How long ago a slot came for which nobody opened an execution; None within the grace.

        A hotel in which the job never ran is new, not late.
        """
        if self.newest is None or self.last_slot is None:
            return None
        lateness = now - self.last_slot
        return lateness if self.newest.created_at < self.last_slot and lateness > GRACE else None

    @property
    def retries(self) -> bool:
        """Whether it failed and waits for its next try."""
        return self.status == Status.PENDING and bool(self.newest and self.newest.not_before)

    @property
    def attention(self) -> tuple[str, ...]:
        """What the newest one left for a person, a line each."""
        return tuple(self.newest.metadata.get("attention", ())) if self.newest else ()


def job_statuses(
    *, hotels: Sequence[Hotel], jobs: Sequence[Job], now: datetime
) -> dict[str, list[JobStatus]]:
    """By job name, a standing for each hotel: four queries, however many hotels."""
    newest = _newest(hotels=hotels, jobs=jobs)
    clock = _Clock(now=now)
    found: dict[str, list[JobStatus]] = {job.name: [] for job in jobs}
    terms = {
        (each.hotel_id, each.job_name): each
        for each in effective_schedules(hotels=hotels, jobs=jobs)
    }
    for job in jobs:
        for hotel in hotels:
            last, following = clock.around(terms[hotel.pk, job.name])
            found[job.name].append(
                JobStatus(
                    hotel=hotel,
                    job=job,
                    newest=newest.get((hotel.pk, job.name)),
                    last_slot=last,
                    next_slot=following,
                )
            )
    return found


def _newest(
    *, hotels: Sequence[Hotel], jobs: Sequence[Job]
) -> Mapping[tuple[int, str], JobExecution]:
    """The newest execution of each job in each hotel: one step down an index for each."""
    picked = {
        f"newest_{place}": Subquery(
            JobExecution.objects.filter(hotel=OuterRef("pk"), job_name=job.name)
            .order_by("-pk")
            .values("pk")[:1]
        )
        for place, job in enumerate(jobs)
    }
    if not picked:
        return {}
    found: dict[tuple[int, str], JobExecution] = {}
    for part in _parts([hotel.pk for hotel in hotels], size=_AT_ONCE // len(jobs)):
        rows = Hotel.objects.filter(pk__in=part).annotate(**picked).values_list(*picked)
        keys = [key for row in rows.order_by() for key in row if key is not None]
        for execution in JobExecution.objects.filter(pk__in=keys).only(*_COLUMNS).order_by():
            found[execution.hotel_id, execution.job_name] = execution
    return found


def _parts(keys: Sequence[int], *, size: int) -> Iterable[Sequence[int]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


class _Clock:
    """The slots around an instant; hotels with the same schedule and zone share the answer."""

    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._known: dict[tuple[str, tzinfo], tuple[datetime | None, datetime | None]] = {}

    def around(self, terms: EffectiveSchedule) -> tuple[datetime | None, datetime | None]:
        """The newest slot that came under these terms, and the first to come."""
        if not terms.enabled:
            return None, None
        key = (terms.expression, terms.zone)
        if key not in self._known:
            self._known[key] = self._look(terms)
        last, following = self._known[key]
        if last is not None and terms.counts_from is not None and last <= terms.counts_from:
            last = None  # it came under another schedule
        return last, following

    def _look(self, terms: EffectiveSchedule) -> tuple[datetime | None, datetime | None]:
        try:
            last = cron_expressions.latest(
                expression=terms.expression, zone=terms.zone, at=self._now
            )
            coming = cron_expressions.upcoming(
                expression=terms.expression, zone=terms.zone, after=self._now
            )
            return last, next(coming, None)
        except BadExpression:
            return None, None
