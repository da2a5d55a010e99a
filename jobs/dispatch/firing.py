"""Firing a job: what a person, a program or cron asks for at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from hotels import worker_locks
from hotels.models import Hotel
from jobs import runner
from jobs.base import AlreadyRunning, Job
from jobs.dispatch.opening import Opening, open_executions
from jobs.dispatch.working import OnOutcome, Stop, Work, never, work_job
from jobs.models import JobExecution, JobRun, SkipReason, Status, Trigger
from jobs.runner import Outcome


@dataclass(frozen=True, kw_only=True)
class Firing:
    """What one firing came to; `run_id` is None when it opened nothing."""

    job: Job
    now: datetime
    slot: datetime | None
    run_id: int | None
    outcomes: tuple[Outcome, ...]
    dry_run: bool = False

    @property
    def success(self) -> bool:
        """Whether no hotel failed in this firing; a failure it only found has been told before."""
        return not self.failed

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The hotels that failed in this firing."""
        return tuple(o for o in self.outcomes if o.status == Status.FAILED and not o.repeated)

    @property
    def waiting(self) -> tuple[Outcome, ...]:
        """The hotels whose execution still waits."""
        return tuple(o for o in self.outcomes if o.status == Status.PENDING)


def fire(
    *,
    job: Job,
    hotels: Sequence[Hotel],
    now: datetime,
    trigger: Trigger,
    slot: datetime | None = None,
    requested_by: AbstractBaseUser | None = None,
    concurrency: int = 1,
    on_outcome: OnOutcome | None = None,
    stop: Stop = never,
    asked_at: datetime | None = None,
) -> Firing:
    """Run a job for some hotels, taking `now` for the present instant.

    With a `slot` each hotel's slot runs once, whoever else fires it: what is done already is
    reported as it ended, what was left waiting is continued. `stop` is asked before each hotel:
    when it says so the rest stays PENDING. `asked_at`: hotels for which the job was started since
    are left out as overlapped. Returns an outcome for every hotel.
    """
    with worker_locks.hold_worker_lock() as worker:
        executions, run = _opened(
            Opening(
                job=job,
                now=now,
                trigger=trigger,
                slot=slot,
                requested_by=requested_by,
                worker=worker,
            ),
            hotels=hotels,
        )
        outcomes: dict[int, Outcome] = {}

        def note(outcome: Outcome) -> None:
            outcomes[outcome.hotel.pk] = outcome
            if on_outcome is not None:
                on_outcome(outcome)

        ready = [row for row in executions if row.status == Status.PENDING and row.is_ready]
        for row in executions:
            if row.status != Status.PENDING or not row.is_ready:
                note(_as_it_stands(row))
        how = Work(now=now, worker=worker, concurrency=concurrency, stop=stop, asked_at=asked_at)
        try:
            work_job(job=job, executions=ready, how=how, on_outcome=note)
        finally:
            _let_go(run)
    return Firing(
        job=job,
        now=now,
        slot=slot,
        run_id=run.pk if run else None,
        outcomes=tuple(outcomes[hotel.pk] for hotel in hotels),
    )


def run_now(
    *,
    job: Job,
    hotel: Hotel,
    now: datetime,
    trigger: Trigger,
    requested_by: AbstractBaseUser | None = None,
) -> Outcome:
    """Run a job for one hotel because somebody asks; raises AlreadyRunning while it runs.

    Of many who ask at the same time one gets the run, and the others are told.
    """
    asked_at = timezone.now()
    runner.close_abandoned(job_name=job.name)
    if JobExecution.objects.running().filter(job_name=job.name, hotel=hotel).exists():
        raise AlreadyRunning(f"{job.name} already runs for {hotel.code}.")
    firing = fire(
        job=job,
        hotels=[hotel],
        now=now,
        trigger=trigger,
        requested_by=requested_by,
        asked_at=asked_at,
    )
    (outcome,) = firing.outcomes
    if outcome.skip_reason == SkipReason.OVERLAPPED:
        raise AlreadyRunning(f"{job.name} already runs for {hotel.code}.")
    return outcome


def preview(
    *,
    job: Job,
    hotels: Sequence[Hotel],
    now: datetime,
    on_outcome: OnOutcome | None = None,
) -> Firing:
    """What the job would do at `now`, hotel after hotel; writes nothing at all."""
    outcomes = []
    for hotel in hotels:
        outcome = runner.preview(job=job, hotel=hotel, now=now)
        outcomes.append(outcome)
        if on_outcome is not None:
            on_outcome(outcome)
    return Firing(job=job, now=now, slot=None, run_id=None, outcomes=tuple(outcomes), dry_run=True)


def _opened(
    opening: Opening, *, hotels: Sequence[Hotel]
) -> tuple[list[JobExecution], JobRun | None]:
    """What stands for the firing: found where a slot was opened before, else opened now."""
    executions = _of_slot(opening, hotels=hotels)
    if len(executions) == len(hotels):
        return executions, None
    run = open_executions(opening=opening, hotel_ids=[hotel.pk for hotel in hotels])
    if opening.slot is not None:
        if not JobExecution.objects.filter(run=run).exists():
            run.delete()  # somebody else opened the slot at the same moment
            return _of_slot(opening, hotels=hotels), None
        return _of_slot(opening, hotels=hotels), run
    return list(JobExecution.objects.filter(run=run).select_related("hotel", "run")), run


def _of_slot(opening: Opening, *, hotels: Sequence[Hotel]) -> list[JobExecution]:
    """What stands for a slot already, whoever opened it: of each hotel the newest attempt."""
    if opening.slot is None:
        return []
    rows = (
        JobExecution.objects.filter(job_name=opening.job.name, scheduled_for=opening.slot)
        .defer("traceback")
        .order_by("attempt")
    )
    wanted = {hotel.pk: hotel for hotel in hotels}
    newest = {row.hotel_id: row for row in rows if row.hotel_id in wanted}
    for row in newest.values():
        row.hotel = wanted[row.hotel_id]  # they are there already
    return list(newest.values())


def _let_go(run: JobRun | None) -> None:
    """Nobody hands out the run any more: what is left of it is anybody's."""
    if run is None:
        return
    try:
        JobRun.objects.filter(pk=run.pk).update(worker=None)
    except (DatabaseError, InterfaceError):
        return  # the lock that stands behind the key is given up all the same


def _as_it_stands(execution: JobExecution) -> Outcome:
    if execution.status == Status.RUNNING:
        words = f"runs since {execution.started_at:%H:%M:%S} UTC"
    elif execution.status == Status.PENDING:
        words = f"waits for attempt {execution.attempt} after {execution.not_before:%H:%M:%S} UTC"
    else:
        words = f"already done: {execution.words}"
    return Outcome(
        hotel=execution.hotel,
        job_name=execution.job_name,
        status=execution.status,
        words=words,
        result=execution.result,
        attention=tuple(execution.metadata.get("attention", ())),
        effects=execution.effects,
        error=execution.error,
        duration=execution.duration,
        execution_id=execution.pk,
        repeated=True,
    )
