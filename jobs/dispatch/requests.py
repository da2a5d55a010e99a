"""Working requested executions: another attempt, and what a user started in the console."""

import logging
from collections.abc import Iterable, Sequence
from contextvars import copy_context
from threading import Thread

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils import timezone

from hotels.audit import Via
from hotels.deadlocks import repeated_on_deadlock
from jobs import runner
from jobs.dispatch.handing_out import follow, hand_out
from jobs.dispatch.options import WorkOptions
from jobs.dispatch.pool import work
from jobs.dispatch.running import held_unless_queued, out_of_patience
from jobs.dispatch.waiting import read_waiting
from jobs.dispatch.worker import hold_runs, take_runs
from jobs.models import JobExecution
from jobs.runner import NotRetryable, Outcome

logger = logging.getLogger(__name__)


def retry_now(
    *, execution: JobExecution, by: AbstractBaseUser, via: Via, wait: bool
) -> tuple[JobExecution, Outcome | None]:
    """Open another attempt at an execution and work it under a worker lock.

    Console, admin and API all retry here. With `wait` the attempt is worked before the function
    returns, and its outcome is given; without, it is worked in the background while the user
    reads the next page. If a worker of the queue does it, the outcome after `PATIENCE` may be
    PENDING or RUNNING. An execution whose worker died is closed first. Raises NotRetryable.
    """
    runner.close_abandoned(job_name=execution.job_name, hotel_id=execution.hotel_id)
    if not wait:
        attempt, is_handed_out = _retry_and_hand_out(execution, by=by, via=via)
        if not is_handed_out:
            start(executions=[attempt])
        return attempt, None
    outcomes: list[Outcome] = []
    # The lock comes first: without it nothing is stored, and no tick takes the attempt from us.
    with held_unless_queued(now=timezone.now()) as lock:
        if lock is None:
            attempt, _ = _retry_and_hand_out(execution, by=by, via=via)
            outcomes += follow(execution_ids=[attempt.pk], stop=out_of_patience())
        else:
            attempt = runner.retry(execution=execution, by=by, via=via, worker=lock.key)
            options = WorkOptions(now=timezone.now(), lock=lock)
            waiting = read_waiting(rows=JobExecution.objects.filter(pk=attempt.pk))
            work(waiting=waiting, options=options, on_outcome=outcomes.append)
    return attempt, outcomes[0]


def retry_several(
    *, executions: Iterable[JobExecution], by: AbstractBaseUser, via: Via
) -> list[JobExecution | NotRetryable]:
    """Open another attempt at each execution, then work all of them in the background.

    They go to the workers of the queue together, or to one thread of this process. Returns the
    attempt for each, or the reason why there is none. Each attempt is stored by itself: if the
    process dies, the next tick takes those that are.
    """
    results: list[JobExecution | NotRetryable] = []
    for row in executions:
        runner.close_abandoned(job_name=row.job_name, hotel_id=row.hotel_id)
        try:
            results.append(_retry(row, by=by, via=via))
        except NotRetryable as error:
            results.append(error)
    attempts = [result for result in results if isinstance(result, JobExecution)]
    if attempts and not _hand_out_all(attempts):
        start(executions=attempts)
    return results


@repeated_on_deadlock
@transaction.atomic
def _retry(execution: JobExecution, *, by: AbstractBaseUser, via: Via) -> JobExecution:
    return runner.retry(execution=execution, by=by, via=via)


@transaction.atomic
def _hand_out_all(attempts: Sequence[JobExecution]) -> bool:
    keys = [attempt.pk for attempt in attempts]
    return bool(hand_out(rows=JobExecution.objects.filter(pk__in=keys)))


@repeated_on_deadlock
@transaction.atomic
def _retry_and_hand_out(
    execution: JobExecution, *, by: AbstractBaseUser, via: Via
) -> tuple[JobExecution, bool]:
    """The new attempt, and whether a worker of the queue gets it."""
    attempt = runner.retry(execution=execution, by=by, via=via)
    return attempt, bool(hand_out(rows=JobExecution.objects.filter(pk=attempt.pk)))


def start(*, executions: Sequence[JobExecution]) -> Thread:
    """Work PENDING executions in a background thread of this process; returns at once.

    They were not handed to the workers of the queue when they were stored.

    Nothing is lost if the process dies: what was not started stays PENDING and the next tick
    takes it; what was started is rolled back, closed as interrupted, and retried.
    """
    # The lines of its log have the number of the request.
    arguments = (_work_in_thread, executions)
    thread = Thread(target=copy_context().run, args=arguments, name="run now")
    thread.start()
    return thread


def _work_in_thread(executions: Sequence[JobExecution]) -> None:
    try:
        with hold_runs() as lock:
            take_runs(run_ids={row.run_id for row in executions}, worker=lock.key)
            options = WorkOptions(
                now=timezone.now(),
                lock=lock,
                # Half of the connection pool stays free for requests.
                concurrency=max(settings.JOBS_CONCURRENCY // 2, 1),
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
