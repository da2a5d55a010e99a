"""Running a job: what cron, a user or a program requests at one moment."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from threading import Thread
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.utils import timezone

from hotels.audit import Via
from hotels.models import Hotel
from jobs import runner
from jobs.base import AlreadyRunning, Job
from jobs.dispatch.opening import RunRequest, open_run
from jobs.dispatch.pool import OnOutcome, Stop, WorkOptions, never, work, work_job
from jobs.dispatch.tally import OutcomeTally
from jobs.dispatch.waiting import Waiting, load, read_waiting
from jobs.dispatch.worker import hold_runs, take_runs
from jobs.models import JobExecution, JobExecutionQuerySet, JobRun, SkipReason, Status, Trigger
from jobs.runner import Outcome

LOCKED = "not started: another transaction has locked the hotel; the next run starts it"

logger = logging.getLogger(__name__)


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
    with hold_runs() as lock:
        request = RunRequest(
            job=job,
            now=now,
            trigger=trigger,
            slot=slot,
            requested_by=requested_by,
            worker=lock.key,
        )
        closed = runner.close_abandoned(job_name=job.name)
        found, opened = _open(request, hotels=hotels)
        tally = OutcomeTally()
        for outcome in _not_worked(found, job=job, hotels=hotels):
            tally.add(outcome)
            if on_outcome is not None:
                on_outcome(outcome)
        options = WorkOptions(
            now=now, lock=lock, concurrency=concurrency, stop=stop, requested_at=requested_at
        )
        ready = [execution.place for execution in found.values() if execution.is_ready]
        work_job(job=job, waiting=ready, options=options, on_outcome=on_outcome, tally=tally)
    return RunResult(
        job=job,
        now=now,
        slot=slot,
        run_id=opened.pk if opened else None,
        tally=tally,
        closed=tuple(closed),
    )


def run_now(
    *,
    job: Job,
    hotel: Hotel,
    now: datetime,
    trigger: Trigger,
    requested_by: AbstractBaseUser | None = None,
) -> Outcome:
    """Run a job for one hotel on request; raises AlreadyRunning while it runs there.

    Of several simultaneous requests one gets the run, and the others raise AlreadyRunning.
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
    )
    (outcome,) = outcomes
    if outcome.skip_reason == SkipReason.OVERLAPPED:
        raise AlreadyRunning(f"{job.name} is already running for {hotel.code}.")
    return outcome


def retry_now(
    *, execution: JobExecution, by: AbstractBaseUser, via: Via, wait: bool
) -> tuple[JobExecution, Outcome | None]:
    """Open another attempt at an execution and work it under a worker lock.

    Console, admin and API all retry here. With `wait` the attempt is worked before the function
    returns, and its outcome is given; without, it is worked in the background while the user
    reads the next page. An execution whose worker died is closed first. Raises NotRetryable.
    """
    runner.close_abandoned(job_name=execution.job_name, hotel_id=execution.hotel_id)
    if not wait:
        attempt = runner.retry(execution=execution, by=by, via=via)
        start(executions=[attempt])
        return attempt, None
    # The lock comes first: without it nothing is stored, and no tick takes the attempt from us.
    outcomes: list[Outcome] = []
    with hold_runs() as lock:
        attempt = runner.retry(execution=execution, by=by, via=via, worker=lock.key)
        options = WorkOptions(now=timezone.now(), lock=lock)
        waiting = read_waiting(rows=JobExecution.objects.filter(pk=attempt.pk))
        work(waiting=waiting, options=options, on_outcome=outcomes.append)
    return attempt, outcomes[0]


def start(*, executions: Sequence[JobExecution], requested_at: datetime | None = None) -> Thread:
    """Work PENDING executions in a background thread of this process; returns at once.

    Nothing is lost if the process dies: what was not started stays PENDING and the next tick
    takes it; what was started is rolled back, closed as interrupted, and retried.
    """
    # The lines of its log have the number of the request.
    arguments = (_work_in_thread, executions, requested_at)
    thread = Thread(target=copy_context().run, args=arguments, name="run now")
    thread.start()
    return thread


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
        words = f"running since {execution.started_at:%H:%M:%S} UTC"
    elif execution.status == Status.PENDING:
        words = f"attempt {execution.attempt} starts after {execution.not_before:%H:%M:%S} UTC"
    else:
        words = f"already done: {execution.words}"
    return Outcome(
        hotel=execution.hotel,
        job_name=execution.job_name,
        status=execution.status,
        summary=words,
        result=execution.result,
        attention=tuple(execution.metadata.get("attention", ())),
        effects=execution.effects,
        error=execution.error,
        problems=execution.problems,
        duration=execution.duration,
        execution_id=execution.pk,
        repeated=True,
    )


def _work_in_thread(executions: Sequence[JobExecution], requested_at: datetime | None) -> None:
    try:
        with hold_runs() as lock:
            take_runs(run_ids={row.run_id for row in executions}, worker=lock.key)
            options = WorkOptions(
                now=timezone.now(),
                lock=lock,
                # Half of the connection pool stays free for requests.
                concurrency=max(settings.JOBS_CONCURRENCY // 2, 1),
                requested_at=requested_at,
            )
            keys = [row.pk for row in executions]
            waiting = read_waiting(rows=JobExecution.objects.filter(pk__in=keys))
            work(waiting=waiting, options=options)
    except Exception:
        # Nothing waits for this thread; what it did not start stays PENDING.
        runs = sorted({row.run_id for row in executions})
        logger.exception("Runs %s were left to the next tick", runs)
    finally:
        connection.close()
