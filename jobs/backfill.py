"""Backfill: past slots with their newest execution, and runs for those that did not complete."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from hotels.deadlocks import repeated_on_deadlock
from hotels.i18n import counted
from hotels.models import Hotel
from jobs import cron_expressions, dispatch, runner
from jobs.base import Job
from jobs.dispatch import OnOutcome, OutcomeTally, Stop, Waiting, WorkOptions, never
from jobs.models import JobExecution, JobRun, Status, Trigger
from jobs.runner import NewExecution
from jobs.scheduling import effective_schedules

RERUN_AFTER = frozenset({Status.FAILED, Status.SKIPPED})


@dataclass(frozen=True, kw_only=True)
class PastSlot:
    """A slot of a hotel, and its newest execution where it has one."""

    hotel: Hotel
    slot: datetime
    newest: JobExecution | None
    attempts: int

    @property
    def to_run(self) -> bool:
        """True if it has not completed and no attempt is waiting or running.

        Completed with problems is completed: the job's next slot selects the objects left.
        """
        return self.newest is None or self.newest.status in RERUN_AFTER

    @property
    def plan(self) -> str:
        """Its newest execution, and whether it is going to run."""
        if self.newest is None:
            return "not run yet: will run"
        status = self.newest.status
        if self.newest.completed_with_problems:
            status = f"{status} with {counted(self.newest.problems, 'problem')},"
        newest = f"{status} {self.newest.words}".strip().removesuffix(".")
        return f"{newest}: will run again" if self.to_run else f"{newest}: unchanged"


def past_slots(
    *, job: Job, hotels: Sequence[Hotel], start: datetime, end: datetime
) -> Iterator[PastSlot]:
    """The slots in [start, end] by the present schedules: hotel by hotel, in rising order."""
    newest = {
        (row.hotel_id, row.scheduled_for): row
        for row in JobExecution.objects.filter(
            job_name=job.name, hotel__in=hotels, scheduled_for__range=(start, end)
        ).order_by("attempt")
    }
    by_key = {hotel.pk: hotel for hotel in hotels}
    for schedule in effective_schedules(hotels=hotels, jobs=[job]):
        instants = cron_expressions.between(
            expression=schedule.expression,
            zone=schedule.zone,
            after=start - datetime.resolution,
            until=end,
        )
        for slot in (instant.astimezone(UTC) for instant in instants):
            yield PastSlot(
                hotel=by_key[schedule.hotel_id],
                slot=slot,
                newest=newest.get((schedule.hotel_id, slot)),
                attempts=schedule.attempts,
            )


def backfill(
    *,
    job: Job,
    slots: Sequence[PastSlot],
    now: datetime,
    concurrency: int = 1,
    stop: Stop = never,
    on_outcome: OnOutcome | None = None,
) -> OutcomeTally:
    """Run the slots that need it at the effective time `now`, in each hotel one after the other.

    `on_outcome` gets each outcome; none is kept but the first failures. Raises
    EffectiveTimeRefused, before anything is stored, if a hotel may not be run at `now`.
    """
    hotels = {slot.hotel.pk: slot.hotel for slot in slots}.values()
    runner.check_effective_time(jobs=[job], hotels=hotels, at=now, now=timezone.now())
    is_queued = dispatch.through_queue(now=now)
    with dispatch.hold_runs() as lock:
        to_run = [slot for slot in slots if slot.to_run]
        waiting, locked = _open(job, to_run, now=now, worker=None if is_queued else lock.key)
        tally = OutcomeTally()
        for slot in to_run:
            if slot.hotel.pk in locked:
                outcome = dispatch.locked_outcome(job=job, hotel=slot.hotel)
                tally.add(outcome)
                if on_outcome is not None:
                    on_outcome(outcome)
        if is_queued:
            for outcome in dispatch.follow(
                execution_ids=[place.execution_id for place in waiting], stop=stop
            ):
                tally.add(outcome)
                if on_outcome is not None:
                    on_outcome(outcome)
            return tally
        options = WorkOptions(now=now, lock=lock, concurrency=concurrency, stop=stop)
        return dispatch.work_job(
            job=job, waiting=waiting, options=options, on_outcome=on_outcome, tally=tally
        )


@repeated_on_deadlock
@transaction.atomic
def _open(
    job: Job, slots: Sequence[PastSlot], *, now: datetime, worker: int | None
) -> tuple[list[Waiting], frozenset[int]]:
    """Store an execution for each slot; returns them, and the keys of hotels that are locked."""
    if not slots:
        return [], frozenset()
    runner.limit_session()
    at = timezone.now()
    instants = sorted({slot.slot for slot in slots})
    runs = JobRun.objects.bulk_create(
        runner.new_run(
            job_name=job.name, trigger=Trigger.CATCH_UP, slot=instant, worker=worker, at=at
        )
        for instant in instants
    )
    run_of = dict(zip(instants, runs, strict=True))
    # Another process may have opened one in the meantime: then it works it.
    locked = runner.store_unlocked(
        executions=[
            NewExecution(
                slot.hotel.pk,
                runner.new_terms(
                    run=run_of[slot.slot],
                    as_of=now,
                    metadata=runner.retry_policy(job=job, attempts=slot.attempts),
                    previous=slot.newest,
                    at=at,
                ),
            )
            for slot in sorted(slots, key=lambda slot: (slot.slot, slot.hotel.pk))
        ]
    )
    opened = JobExecution.objects.pending().filter(run__in=runs)
    if worker is None:
        dispatch.hand_out(rows=opened)
    waiting = dispatch.read_waiting(rows=opened)
    return waiting, locked
