"""Facts about the jobs, read once for all rules of a tick."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from typing import NamedTuple

from hotels.models import Hotel
from jobs import cron_expressions, registry
from jobs.cron_expressions import BadExpression
from jobs.models import JobExecution, SkipReason, Status
from jobs.scheduling import EffectiveSchedule, effective_schedules
from jobs.statistics.latest import Key, latest_executions

# Older failures in a row are not counted.
HISTORY = timedelta(days=30)
# A job that a person switched off, alone or with its hotel, or cancelled, is no trouble.
SETTLED = (SkipReason.DISABLED, SkipReason.INACTIVE, SkipReason.CANCELLED)
FINISHED = (Status.COMPLETED, Status.FAILED)


class LatestExecution(NamedTuple):
    """The columns of an execution from which rules judge a job."""

    pk: int
    hotel_id: int
    job_name: str
    status: str
    problems: int
    attempt: int
    skip_reason: str
    scheduled_for: datetime | None
    not_before: datetime | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    updated_at: datetime
    error: str

    @property
    def completed_with_problems(self) -> bool:
        """True if it completed, but some objects could not be processed."""
        return self.status == Status.COMPLETED and self.problems > 0

    @property
    def waits_since(self) -> datetime:
        """Return the time since which a PENDING execution could have been started."""
        return self.not_before or self.updated_at

    @property
    def duration(self) -> timedelta | None:
        """Time from start to end; None if it was never started or has not ended."""
        if self.started_at is None or self.completed_at is None:
            return None
        return self.completed_at - self.started_at


Executions = Mapping[Key, LatestExecution]


class JobFacts:
    """The latest executions and the schedules of all jobs in some hotels, read when first used."""

    def __init__(self, *, hotels: Mapping[int, Hotel], now: datetime) -> None:
        self.hotels = hotels
        self.now = now
        self._jobs = [job.name for job in registry.all_jobs()]
        self._slots: dict[tuple[str, tzinfo], datetime | None] = {}

    @cached_property
    def schedules(self) -> Mapping[Key, EffectiveSchedule]:
        """The schedule in effect by hotel and job."""
        found = effective_schedules(hotels=list(self.hotels.values()))
        return {(each.hotel_id, each.job_name): each for each in found}

    @cached_property
    def newest(self) -> Executions:
        """The latest execution by hotel and job."""
        return self._latest()

    @cached_property
    def last_runs(self) -> Executions:
        """The latest execution that ran to its end, of the jobs that are on; see `is_on`."""
        unfinished = {key for key, row in self.newest.items() if row.status not in FINISHED}
        found = {key: row for key, row in self.newest.items() if key not in unfinished}
        if unfinished:
            earlier = self._latest(finished=True, hotel_ids=sorted({pk for pk, _ in unfinished}))
            found |= {key: row for key, row in earlier.items() if key in unfinished}
        return {key: row for key, row in found.items() if self.is_on(key)}

    def _latest(
        self, *, finished: bool = False, hotel_ids: Sequence[int] | None = None
    ) -> Executions:
        rows = JobExecution.objects.all()
        return latest_executions(
            rows.finished() if finished else rows,
            hotel_ids=list(self.hotels) if hotel_ids is None else hotel_ids,
            job_names=self._jobs,
            into=LatestExecution,
        )

    def is_on(self, key: Key) -> bool:
        """False if a person switched the job off, or cancelled its latest execution."""
        schedule = self.schedules.get(key)
        if schedule is None or not schedule.enabled or not schedule.hotel_active:
            return False
        newest = self.newest.get(key)
        return newest is None or newest.skip_reason not in SETTLED

    @property
    def never_run(self) -> Iterable[Key]:
        """The jobs that are on and have no execution, where it is known since when they are due."""
        for key, schedule in self.schedules.items():
            if key not in self.newest and schedule.counts_from is not None and self.is_on(key):
                yield key

    def is_retried(self, key: Key) -> bool:
        """True if a further attempt waits or is running: the job has not failed yet."""
        newest = self.newest.get(key)
        return (
            newest is not None
            and newest.attempt > 1
            and newest.status in (Status.PENDING, Status.RUNNING)
        )

    @cached_property
    def failures_in_a_row(self) -> Mapping[Key, int]:
        """The number of slots that failed since the last completed run, by hotel and job.

        Attempts of one slot count once, failures of the last 30 days only.
        """
        failing = {key for key, row in self.last_runs.items() if row.status == Status.FAILED}
        if not failing:
            return {}
        hotel_ids = sorted({pk for pk, _name in failing})
        completed = latest_executions(
            JobExecution.objects.filter(status=Status.COMPLETED),
            hotel_ids=hotel_ids,
            job_names=self._jobs,
            into=LatestExecution,
        )
        rows = JobExecution.objects.filter(
            status=Status.FAILED, hotel_id__in=hotel_ids, completed_at__gt=self.now - HISTORY
        )
        slots: dict[Key, set[int]] = {key: set() for key in failing}
        columns = ("pk", "hotel_id", "job_name", "first_attempt_id")
        for pk, hotel_id, name, first in rows.order_by().values_list(*columns):
            key = (hotel_id, name)
            last = completed.get(key)
            if key in slots and (last is None or pk > last.pk):
                slots[key].add(first or pk)
        return {key: len(found) for key, found in slots.items()}

    def last_slot(self, key: Key) -> datetime | None:
        """The last slot of the schedule in effect until now; None if there is none."""
        schedule = self.schedules[key]
        of = (schedule.expression, schedule.zone)
        if of not in self._slots:
            try:
                self._slots[of] = cron_expressions.latest(
                    expression=schedule.expression, zone=schedule.zone, at=self.now
                )
            except BadExpression:
                self._slots[of] = None
        slot = self._slots[of]
        if slot is not None and schedule.counts_from is not None and slot <= schedule.counts_from:
            return None  # it belongs to an earlier schedule
        return slot
