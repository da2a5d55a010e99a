"""Status of each job in each hotel: latest execution, last slot and next slot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from hotels.models import Hotel
from jobs import cron_expressions
from jobs.base import Job
from jobs.cron_expressions import BadExpression
from jobs.models import JobExecution, JobExecutionQuerySet, SkipReason, Status
from jobs.scheduling import GRACE, EffectiveSchedule, effective_schedules
from jobs.statistics.latest import Key, latest_executions

# A job that was switched off, alone or with its hotel, or cancelled needs no review.
SETTLED = (SkipReason.DISABLED, SkipReason.INACTIVE, SkipReason.CANCELLED)
FINISHED = (Status.COMPLETED, Status.FAILED)
ENDED = (*FINISHED, Status.SKIPPED)


class LatestExecution(NamedTuple):
    """The columns of an execution from which Home says the state of a job."""

    pk: int
    job_name: str
    status: str
    problems: int
    attempt: int
    first_attempt_id: int | None
    skip_reason: str
    not_before: datetime | None
    created_at: datetime
    completed_at: datetime | None
    error: str

    @property
    def completed_with_problems(self) -> bool:
        """True if it completed, but some objects could not be processed."""
        return self.status == Status.COMPLETED and self.problems > 0


Executions = Mapping[Key, LatestExecution]


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Since when the scheduled runs of a job are paused in a hotel, and the user who did it."""

    since: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class JobStatus:
    """Status of a job in a hotel.

    `newest` is the latest execution, `last_run` the latest that completed or failed; None before
    the first. `last_slot` and `next_slot` are the slots before and after now, None if the schedule
    is switched off or invalid. `late_slot` is the first slot since the latest execution.
    """

    hotel: Hotel
    job: Job
    newest: LatestExecution | None
    last_slot: datetime | None
    next_slot: datetime | None
    late_slot: datetime | None = None
    schedule: EffectiveSchedule | None = None
    last_run: LatestExecution | None = None

    @property
    def status(self) -> str:
        """Status of the latest execution; empty before the first."""
        return self.newest.status if self.newest else ""

    @property
    def problems(self) -> int:
        """Number of objects the latest execution could not process; 0 unless it completed."""
        return self.newest.problems if self.newest and self.status == Status.COMPLETED else 0

    def late(self, *, now: datetime) -> timedelta | None:
        """Time since the first slot without an execution was due; None within the grace period.

        None too for a hotel where the job never ran: it is new, not late.
        """
        lateness = now - self.late_slot if self.late_slot else timedelta()
        return lateness if lateness > GRACE else None

    @property
    def pause(self) -> Pause | None:
        """The pause of the schedule; None if it is not paused."""
        own = self.schedule.own if self.schedule else None
        if own is None or own.enabled:
            return None
        return Pause(since=own.switched_at or own.updated_at, by=own.switched_by_name or "–")

    @property
    def waits_for_retry(self) -> bool:
        """True if the job failed and waits for its next attempt."""
        return self.status == Status.PENDING and bool(self.newest and self.newest.not_before)

    @property
    def is_retried(self) -> bool:
        """True if a further attempt waits or is running."""
        row = self.newest
        return row is not None and row.attempt > 1 and row.status not in ENDED

    @property
    def run_to_review(self) -> LatestExecution | None:
        """The last run; None if the job was switched off or cancelled after it."""
        settled = self.newest is not None and self.newest.skip_reason in SETTLED
        return None if settled else self.last_run


def job_statuses(
    *, hotels: Sequence[Hotel], jobs: Sequence[Job], now: datetime
) -> dict[str, list[JobStatus]]:
    """Return the statuses of the hotels by job name.

    Takes five queries, and two more if a latest execution is waiting, running or skipped.
    """
    newest = _latest(JobExecution.objects.all(), hotels=hotels, jobs=jobs)
    last_runs = newest | _last_runs_before(newest, hotels=hotels, jobs=jobs)
    slots = _SlotCache(now=now)
    found: dict[str, list[JobStatus]] = {job.name: [] for job in jobs}
    schedules = {
        (each.hotel_id, each.job_name): each
        for each in effective_schedules(hotels=hotels, jobs=jobs)
    }
    for job in jobs:
        for hotel in hotels:
            key = (hotel.pk, job.name)
            last, following = slots.around(schedules[key])
            found[job.name].append(
                JobStatus(
                    hotel=hotel,
                    job=job,
                    newest=newest.get(key),
                    last_run=last_runs.get(key),
                    last_slot=last,
                    next_slot=following,
                    late_slot=slots.first_late(schedules[key], newest.get(key), last=last),
                    schedule=schedules[key],
                )
            )
    return found


def _last_runs_before(
    newest: Executions, *, hotels: Sequence[Hotel], jobs: Sequence[Job]
) -> dict[Key, LatestExecution | None]:
    """Return the last run before each latest execution that has not run to its end."""
    unfinished = {key for key, row in newest.items() if row.status not in FINISHED}
    if not unfinished:
        return {}
    ids, names = {pk for pk, _name in unfinished}, {name for _pk, name in unfinished}
    found = _latest(
        JobExecution.objects.finished(),
        hotels=[hotel for hotel in hotels if hotel.pk in ids],
        jobs=[job for job in jobs if job.name in names],
    )
    return {key: found.get(key) for key in unfinished}


def _latest(
    rows: JobExecutionQuerySet, *, hotels: Sequence[Hotel], jobs: Sequence[Job]
) -> dict[Key, LatestExecution]:
    return latest_executions(
        rows,
        hotel_ids=[hotel.pk for hotel in hotels],
        job_names=[job.name for job in jobs],
        into=LatestExecution,
    )


class _SlotCache:
    """Slots around a time, cached by schedule and time zone."""

    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._cache: dict[tuple[str, tzinfo], tuple[datetime | None, datetime | None]] = {}
        self._next: dict[tuple[str, tzinfo, datetime], datetime | None] = {}

    def around(self, schedule: EffectiveSchedule) -> tuple[datetime | None, datetime | None]:
        """Return the last slot of the schedule until now, and the next one."""
        if not schedule.enabled:
            return None, None
        key = (schedule.expression, schedule.zone)
        if key not in self._cache:
            self._cache[key] = self._compute(schedule)
        last, following = self._cache[key]
        if last is not None and schedule.counts_from is not None and last <= schedule.counts_from:
            last = None  # it belongs to an earlier schedule
        return last, following

    def first_late(
        self, schedule: EffectiveSchedule, newest: LatestExecution | None, *, last: datetime | None
    ) -> datetime | None:
        """Return the first slot of the schedule after the latest execution, up to `last`."""
        if newest is None or last is None or newest.created_at >= last:
            return None
        since = max(newest.created_at, schedule.counts_from or newest.created_at)
        key = (schedule.expression, schedule.zone, since.replace(second=0, microsecond=0))
        if key not in self._next:  # slots are full minutes, so executions of one tick share it
            coming = cron_expressions.upcoming(
                expression=schedule.expression, zone=schedule.zone, after=key[2]
            )
            self._next[key] = next(coming, None)
        return self._next[key]

    def _compute(self, schedule: EffectiveSchedule) -> tuple[datetime | None, datetime | None]:
        try:
            last = cron_expressions.latest(
                expression=schedule.expression, zone=schedule.zone, at=self._now
            )
            coming = cron_expressions.upcoming(
                expression=schedule.expression, zone=schedule.zone, after=self._now
            )
            return last, next(coming, None)
        except BadExpression:
            return None, None
