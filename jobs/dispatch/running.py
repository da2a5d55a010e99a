"""Running a job: what cron, a user or a program requests at one moment."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from hotels.models import Hotel
from hotels.worker_locks import WorkerLock
from jobs import queue, runner
from jobs.base import AlreadyRunning, Job
from jobs.dispatch.handing_out import (
    follow,
    hand_out_lost,
    outcome_of_row,
    through_queue,
)
from jobs.dispatch.opening import RunRequest, open_run
from jobs.dispatch.options import OnOutcome, Stop, WorkOptions, never
from jobs.dispatch.pool import work_job
from jobs.dispatch.tally import OutcomeTally
from jobs.dispatch.waiting import Waiting, load, read_waiting
from jobs.dispatch.worker import hold_runs
from jobs.models import JobExecution, JobExecutionQuerySet, JobRun, SkipReason, Status, Trigger
from jobs.runner import Outcome

# How long a request waits for a worker of the queue to end its execution.
PATIENCE = timedelta(seconds=25)
LOCKED = "not started: another transaction has locked the hotel; the next run starts it"


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """Counts of the outcomes of one run; `run_id` is None if nothing was opened.

    `closed` are the executions of the job that were found abandoned by a dead worker.
    """

    job: Job
    now: datetime
    slot: datetime | None
    run_id: int | None
    tally: OutcomeTally
    dry_run: bool = False
    closed: tuple[JobExecution, ...] = ()

    @property
    def success(self) -> bool:
        """True if no hotel failed or had problems in this run, and none was found abandoned.

        Hotels that the run repeats don't count.
        """
        return self.tally.is_clean and not self.closed


def run(
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
    requested_at: datetime | None = None,
) -> RunResult:
    """Run a job for some hotels at the effective time `now`; counts the outcomes.

    `on_outcome` gets an outcome for every hotel; none is kept but the first failures. Executions of
    the job whose worker died are closed first: their retries may be part of the run. With a `slot`
    each hotel's slot runs once, whichever process runs it: finished executions are reported as they
    ended, PENDING ones are continued. With a slot or several hotels, a hotel that another
    transaction has locked is left, with a failed outcome; a single one is waited for. `stop` is
    asked before each hotel: once it returns true, the rest stays PENDING. With `requested_at`,
    hotels in which the job was started after that instant are skipped as overlapped. Raises
    EffectiveTimeRefused, before anything is stored, if one of the hotels may not be run at `now`,
    and ClockDiffers if the clock of this machine is wrong.
    """
    runner.check_effective_time(jobs=[job], hotels=hotels, at=now, now=timezone.now())
    with held_unless_queued(now=now) as lock:
        request = RunRequest(
            job=job,
            now=now,
            trigger=trigger,
            slot=slot,
            requested_by=requested_by,
            worker=lock.key if lock else None,
            requested_at=requested_at,
        )
        closed = runner.close_abandoned(job_name=job.name)
        found, opened = _open(request, hotels=hotels)
        tally = OutcomeTally()
        for outcome in _not_worked(found, job=job, hotels=hotels):
            tally.add(outcome)
            if on_outcome is not None:
                on_outcome(outcome)
        ready = [execution.place for execution in found.values() if execution.is_ready]
        if lock is None:
            _follow(ready, stop=stop, on_outcome=on_outcome, tally=tally)
        else:
            options = WorkOptions(now=now, lock=lock, concurrency=concurrency, stop=stop)
            work_job(job=job, waiting=ready, options=options, on_outcome=on_outcome, tally=tally)
    return RunResult(
        job=job,
        now=now,
        slot=slot,
        run_id=opened.pk if opened else None,
        tally=tally,
        closed=tuple(closed),
    )


@contextmanager
def held_unless_queued(*, now: datetime) -> Iterator[WorkerLock | None]:
    """A worker lock for the block; None if the workers of the queue do the work.

    Raises ClockDiffers if the clock of this machine is wrong.
    """
    if through_queue(now=now):
        runner.check_clock()
        yield None
    else:
        with hold_runs() as lock:
            yield lock


def _follow(
    ready: Sequence[Waiting], *, stop: Stop, on_outcome: OnOutcome | None, tally: OutcomeTally
) -> None:
    """Wait until the workers have ended the executions, or `stop` returns true."""
    hand_out_lost(waiting=ready)  # of a slot that was opened before
    for outcome in follow(execution_ids=[place.execution_id for place in ready], stop=stop):
        tally.add(outcome)
        if on_outcome is not None:
            on_outcome(outcome)


def run_now(
    *,
    job: Job,
    hotel: Hotel,
    now: datetime,
    trigger: Trigger,
    requested_by: AbstractBaseUser | None = None,
) -> Outcome:
    """Run a job for one hotel on request; raises AlreadyRunning while it runs there.

    Of several simultaneous requests one gets the run, and the others raise AlreadyRunning. If a
    worker of the queue does it, the outcome after `PATIENCE` may be PENDING or RUNNING.
    """
    requested_at = timezone.now()
    runner.close_abandoned(job_name=job.name)
    if JobExecution.objects.running().filter(job_name=job.name, hotel=hotel).exists():
        raise AlreadyRunning(f"{job.name} is already running for {hotel.code}.")
    outcomes: list[Outcome] = []
    run(
        job=job,
        hotels=[hotel],
        now=now,
        trigger=trigger,
        requested_by=requested_by,
        requested_at=requested_at,
        on_outcome=outcomes.append,
        stop=out_of_patience() if queue.is_used() else never,
    )
    (outcome,) = outcomes
    if outcome.skip_reason == SkipReason.OVERLAPPED:
        raise AlreadyRunning(f"{job.name} is already running for {hotel.code}.")
    return outcome


def out_of_patience() -> Stop:
    """Becomes true after `PATIENCE`."""
    until = monotonic() + PATIENCE.total_seconds()
    return lambda: monotonic() >= until


def preview_run(
    *,
    job: Job,
    hotels: Sequence[Hotel],
    now: datetime,
    on_outcome: OnOutcome | None = None,
) -> RunResult:
    """Preview the job at `now`, one hotel after the other; writes nothing."""
    tally = OutcomeTally()
    for hotel in hotels:
        outcome = runner.preview(job=job, hotel=hotel, now=now)
        tally.add(outcome)
        if on_outcome is not None:
            on_outcome(outcome)
    return RunResult(job=job, now=now, slot=None, run_id=None, tally=tally, dry_run=True)


class _Found(NamedTuple):
    """An execution of a hotel, and whether it can be started now."""

    place: Waiting
    is_ready: bool


def _open(
    request: RunRequest, *, hotels: Sequence[Hotel]
) -> tuple[dict[int, _Found], JobRun | None]:
    """The executions of the request by hotel, and its run: found if the slot was opened before."""
    of_slot = JobExecution.objects.filter(job_name=request.job.name, scheduled_for=request.slot)
    found = _newest(of_slot, hotels=hotels) if request.slot is not None else {}
    if len(found) == len(hotels):
        return found, None
    leave_locked = request.slot is not None or len(hotels) > 1
    hotel_ids = [hotel.pk for hotel in hotels]
    opened = open_run(request=request, hotel_ids=hotel_ids, leave_locked=leave_locked)
    of_run = JobExecution.objects.filter(run=opened)
    if request.slot is None:
        return _newest(of_run, hotels=hotels), opened
    if not of_run.exists():
        opened.delete()  # another process opened the slot at the same moment
        return _newest(of_slot, hotels=hotels), None
    return _newest(of_slot, hotels=hotels), opened


def _newest(rows: JobExecutionQuerySet, *, hotels: Sequence[Hotel]) -> dict[int, _Found]:
    """The newest attempt of each hotel that has one."""
    wanted = {hotel.pk for hotel in hotels}
    ready = rows.ready(now=timezone.now()).values_list("pk", flat=True)
    keys = rows.order_by("attempt").values_list("hotel_id", "pk")
    newest = {hotel_id: pk for hotel_id, pk in keys if hotel_id in wanted}
    is_ready = set(ready)
    return {
        place.hotel_id: _Found(place, place.execution_id in is_ready)
        for place in read_waiting(rows=rows)
        if newest.get(place.hotel_id) == place.execution_id
    }


def _not_worked(
    found: Mapping[int, _Found], *, job: Job, hotels: Sequence[Hotel]
) -> Iterator[Outcome]:
    """The outcomes of executions that cannot be started now, and of hotels without one."""
    others = [
        found[hotel.pk].place.execution_id
        for hotel in hotels
        if hotel.pk in found and not found[hotel.pk].is_ready
    ]
    yield from map(_existing, load(execution_ids=others))
    for hotel in hotels:
        if hotel.pk not in found:
            yield locked_outcome(job=job, hotel=hotel)


def locked_outcome(*, job: Job, hotel: Hotel) -> Outcome:
    """The outcome of a hotel whose execution could not be stored, as the hotel is locked."""
    return Outcome(
        hotel=hotel, job_name=job.name, status=Status.FAILED, summary=LOCKED, error=LOCKED
    )


def _existing(execution: JobExecution) -> Outcome:
    """The outcome of an execution that this run does not work."""
    if execution.status == Status.RUNNING:
        since = execution.started_at or execution.updated_at  # not set while it is held
        words = f"running since {since:%H:%M:%S} UTC"
    elif execution.status == Status.PENDING:
        words = f"attempt {execution.attempt} starts after {execution.not_before:%H:%M:%S} UTC"
    else:
        words = f"already done: {execution.words}"
    return outcome_of_row(execution, words=words, repeated=True)
