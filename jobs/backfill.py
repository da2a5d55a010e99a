"""Past slots, done by hand: what stands for each, and a run for those without a good end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from hotels import worker_locks
from hotels.models import Hotel
from jobs import cron_expressions, dispatch, runner
from jobs.base import Job
from jobs.dispatch import OnOutcome, Stop, Work, never
from jobs.models import JobExecution, JobRun, Status, Trigger
from jobs.runner import Outcome
from jobs.scheduling import effective_schedules

AGAIN = frozenset({Status.FAILED, Status.SKIPPED})


@dataclass(frozen=True, kw_only=True)
class PastSlot:
    """A slot of a hotel, and its newest execution where it has one."""

    hotel: Hotel
    slot: datetime
    newest: JobExecution | None
    attempts: int

    @property
    def to_run(self) -> bool:
        """Whether it has no good end yet, and nothing of it waits or runs."""
        return self.newest is None or self.newest.status in AGAIN

    @property
    def words(self) -> str:
        """What stands for it, and what becomes of it."""
        if self.newest is None:
            return "nothing stands for it: to be run"
        told = f"{self.newest.status} {self.newest.words}".strip()
        return f"{told}: to be run again" if self.to_run else f"{told}: left as it is"


def past_slots(
    *, job: Job, hotels: Sequence[Hotel], start: datetime, end: datetime
) -> Iterator[PastSlot]:
    """The slots in [start, end] by the schedules that hold today, hotel by hotel, rising."""
    newest = {
        (row.hotel_id, row.scheduled_for): row
        for row in JobExecution.objects.filter(
            job_name=job.name, hotel__in=hotels, scheduled_for__range=(start, end)
        ).order_by("attempt")
    }
    by_key = {hotel.pk: hotel for hotel in hotels}
    for terms in effective_schedules(hotels=hotels, jobs=[job]):
        instants = cron_expressions.between(
            expression=terms.expression,
            zone=terms.zone,
            after=start - datetime.resolution,
            until=end,
        )
        for slot in (instant.astimezone(UTC) for instant in instants):
            yield PastSlot(
                hotel=by_key[terms.hotel_id],
                slot=slot,
                newest=newest.get((terms.hotel_id, slot)),
                attempts=terms.attempts,
            )


def backfill(
    *,
    job: Job,
    slots: Sequence[PastSlot],
    now: datetime,
    concurrency: int = 1,
    stop: Stop = never,
    on_outcome: OnOutcome | None = None,
) -> list[Outcome]:
    """Run those of the slots that need it, as of `now`, one after the other in each hotel."""
    with worker_locks.hold_worker_lock() as worker:
        executions = _open(job, [slot for slot in slots if slot.to_run], now=now, worker=worker)
        how = Work(now=now, worker=worker, concurrency=concurrency, stop=stop)
        outcomes = dispatch.work_job(job=job, executions=executions, how=how, on_outcome=on_outcome)
        JobRun.objects.filter(pk__in={row.run_id for row in executions}).update(worker=None)
    return outcomes


@transaction.atomic
def _open(
    job: Job, slots: Sequence[PastSlot], *, now: datetime, worker: int | None
) -> list[JobExecution]:
    if not slots:
        return []
    at = timezone.now()
    instants = sorted({slot.slot for slot in slots})
    runs = JobRun.objects.bulk_create(
        JobRun(
            job_name=job.name,
            trigger=Trigger.CATCH_UP,
            scheduled_for=instant,
            worker=worker,
            created_at=at,
        )
        for instant in instants
    )
    run_of = dict(zip(instants, runs, strict=True))
    JobExecution.objects.bulk_create(
        (
            JobExecution(
                run=run_of[slot.slot],
                hotel=slot.hotel,
                job_name=job.name,
                trigger=Trigger.CATCH_UP,
                scheduled_for=slot.slot,
                as_of=now,
                attempt=slot.newest.attempt + 1 if slot.newest else 1,
                first_attempt_id=(slot.newest.first_attempt_id or slot.newest.pk)
                if slot.newest
                else None,
                metadata=runner.retry_terms(job=job, attempts=slot.attempts),
                created_at=at,
                updated_at=at,
            )
            for slot in slots
        ),
        # Somebody else may have opened one since we looked: then it is theirs.
        ignore_conflicts=True,
    )
    return list(JobExecution.objects.pending().filter(run__in=runs).select_related("hotel", "run"))
