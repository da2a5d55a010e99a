"""Running a job: what cron, a user or a program requests at one moment."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Thread

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
from jobs.dispatch.worker import hold_runs, take_runs
from jobs.models import JobExecution, JobRun, SkipReason, Status, Trigger
from jobs.runner import Outcome

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """The outcomes of one run, one for each hotel; `run_id` is None if nothing was opened.

    `closed` are the executions of the job that were found abandoned by a dead worker.
    """

    job: Job
    now: datetime
    slot: datetime | None
    run_id: int | None
    outcomes: tuple[Outcome, ...]
    dry_run: bool = False
    closed: tuple[JobExecution, ...] = ()

    @property
    def success(self) -> bool:
        """True if no hotel failed or had problems in this run, and none was found abandoned.

        Hotels that the run repeats don't count.
        """
        return not (self.failed or self.with_problems or self.closed)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The hotels that failed in this run."""
        return tuple(o for o in self.outcomes if o.status == Status.FAILED and not o.repeated)

    @property
    def with_problems(self) -> tuple[Outcome, ...]:
        """The hotels in which this run completed with problems."""
        return tuple(o for o in self.outcomes if o.completed_with_problems and not o.repeated)


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
    """Run a job for some hotels at the effective time `now`; returns an outcome for every hotel.

    Executions of the job whose worker died are closed first: their retries may be part of the run.
    With a `slot` each hotel's slot runs once, whichever process runs it: finished executions are
    reported as they ended, PENDING ones are continued. `stop` is asked before each hotel: once it
    returns true, the rest stays PENDING. With `requested_at`, hotels in which the job was started
    after that instant are skipped as overlapped. Raises EffectiveTimeRefused, before anything is
    stored, if one of the hotels may not be run at `now`, and ClockDiffers if the clock of this
    machine is wrong.
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
        executions, opened = _open(request, hotels=hotels)
        ready = [row for row in executions if row.status == Status.PENDING and row.is_ready]
        taken = {row.pk for row in ready}
        outcomes = [_existing(row) for row in executions if row.pk not in taken]
        if on_outcome is not None:
            for outcome in outcomes:
                on_outcome(outcome)
        options = WorkOptions(
            now=now, lock=lock, concurrency=concurrency, stop=stop, requested_at=requested_at
        )
        outcomes += work_job(job=job, executions=ready, options=options, on_outcome=on_outcome)
    by_hotel = {outcome.hotel.pk: outcome for outcome in outcomes}
    return RunResult(
        job=job,
        now=now,
        slot=slot,
        run_id=opened.pk if opened else None,
        outcomes=tuple(by_hotel[hotel.pk] for hotel in hotels),
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
    result = run(
        job=job,
        hotels=[hotel],
        now=now,
        trigger=trigger,
        requested_by=requested_by,
        requested_at=requested_at,
    )
    (outcome,) = result.outcomes
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
    with hold_runs() as lock:
        attempt = runner.retry(execution=execution, by=by, via=via, worker=lock.key)
        options = WorkOptions(now=timezone.now(), lock=lock)
        (outcome,) = work(executions=[attempt], options=options)
    return attempt, outcome


def start(*, executions: Sequence[JobExecution], requested_at: datetime | None = None) -> Thread:
    """Work PENDING executions in a background thread of this process; returns at once.

    Nothing is lost if the process dies: what was not started stays PENDING and the next tick
    takes it; what was started is rolled back, closed as interrupted, and retried.
    """
    thread = Thread(target=_work_in_thread, args=(executions, requested_at), name="run now")
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
    outcomes = []
    for hotel in hotels:
        outcome = runner.preview(job=job, hotel=hotel, now=now)
        outcomes.append(outcome)
        if on_outcome is not None:
            on_outcome(outcome)
    return RunResult(
        job=job, now=now, slot=None, run_id=None, outcomes=tuple(outcomes), dry_run=True
    )


def _open(
    request: RunRequest, *, hotels: Sequence[Hotel]
) -> tuple[list[JobExecution], JobRun | None]:
    """The executions of the request and its run: found if the slot was opened before, else new."""
    executions = _of_slot(request, hotels=hotels)
    if len(executions) == len(hotels):
        return executions, None
    opened = open_run(request=request, hotel_ids=[hotel.pk for hotel in hotels])
    if request.slot is not None:
        if not JobExecution.objects.filter(run=opened).exists():
            opened.delete()  # another process opened the slot at the same moment
            return _of_slot(request, hotels=hotels), None
        return _of_slot(request, hotels=hotels), opened
    return list(JobExecution.objects.filter(run=opened).select_related("hotel", "run")), opened


def _of_slot(request: RunRequest, *, hotels: Sequence[Hotel]) -> list[JobExecution]:
    """The newest attempt of each hotel at the requested slot, if it has one."""
    if request.slot is None:
        return []
    rows = (
        JobExecution.objects.filter(job_name=request.job.name, scheduled_for=request.slot)
        .defer("traceback")
        .order_by("attempt")
    )
    wanted = {hotel.pk: hotel for hotel in hotels}
    newest = {row.hotel_id: row for row in rows if row.hotel_id in wanted}
    for row in newest.values():
        row.hotel = wanted[row.hotel_id]  # loaded already: no query for each
    return list(newest.values())


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
            work(executions=executions, options=options)
    except Exception:
        # Nothing waits for this thread; what it did not start stays PENDING.
        runs = sorted({row.run_id for row in executions})
        logger.exception("Runs %s were left to the next tick", runs)
    finally:
        connection.close()
