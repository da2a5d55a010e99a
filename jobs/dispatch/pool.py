"""Working PENDING executions: in shards, in threads, never two of a job in one hotel at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import DatabaseError, InterfaceError, connection

from jobs import registry, runner
from jobs.base import Job
from jobs.models import JobExecution, Status, Trigger
from jobs.registry import UnknownJob
from jobs.runner import Outcome

# A shard is claimed at once: 0.07 ms a row in bulk against 1.5 ms alone. It is small enough that
# its last execution starts well within its lease.
SHARD_PER_THREAD = 8
# Catch-ups and retries wait while the job is running in their hotel; others are skipped.
WAITS_FOR_RUNNING = frozenset({Trigger.CATCH_UP, Trigger.RETRY})

OnOutcome = Callable[[Outcome], None]
Stop = Callable[[], bool]


def never() -> bool:
    """A `Stop` that never stops."""
    return False


@dataclass(frozen=True, kw_only=True)
class WorkOptions:
    """Options for working executions; `now` is the effective time of slots.

    `stop` is asked before each hotel: once it returns true, the rest stays PENDING. With
    `requested_at`, hotels in which the job was started after that instant are skipped as
    overlapped.
    """

    now: datetime
    worker: int | None = None
    concurrency: int = 1
    stop: Stop = never
    requested_at: datetime | None = None


def work(
    *, executions: Sequence[JobExecution], options: WorkOptions, on_outcome: OnOutcome | None = None
) -> list[Outcome]:
    """Claim and perform PENDING executions of any registered jobs; returns an outcome for each."""
    outcomes: list[Outcome] = []
    by_job: dict[str, list[JobExecution]] = {}
    for row in sorted(executions, key=_age):
        by_job.setdefault(row.job_name, []).append(row)
    for job_name, of_job in by_job.items():
        try:
            job = registry.get(job_name)
        except UnknownJob as error:
            found = [_unworked(row, str(error)) for row in of_job]
            for outcome in found:
                _report(outcome, on_outcome)
        else:
            found = work_job(job=job, executions=of_job, options=options, on_outcome=on_outcome)
        outcomes += found
    return outcomes


def work_job(
    *,
    job: Job,
    executions: Sequence[JobExecution],
    options: WorkOptions,
    on_outcome: OnOutcome | None = None,
) -> list[Outcome]:
    """Claim and perform PENDING executions of one job; returns an outcome for each.

    Slots of one hotel are worked one after the other, the oldest first. If the database cannot be
    reached, the executions that could not be claimed stay PENDING and get an outcome with an error.
    """
    outcomes: list[Outcome] = []
    threads = threads_for(concurrency=options.concurrency)
    for wave in _waves(executions):
        for shard in _shards(wave, size=threads * SHARD_PER_THREAD):
            for outcome in _work_shard(job, shard, options=options, threads=threads):
                outcomes.append(outcome)
                _report(outcome, on_outcome)
    return outcomes


def _report(outcome: Outcome, on_outcome: OnOutcome | None) -> None:
    if on_outcome is not None:
        on_outcome(outcome)


def threads_for(*, concurrency: int) -> int:
    """The number of threads to use: one on SQLite, where writers wait for each other."""
    return 1 if connection.vendor == "sqlite" else concurrency


def _waves(executions: Iterable[JobExecution]) -> Iterator[list[JobExecution]]:
    """Waves with one execution of each hotel, the oldest slots first."""
    queues: dict[int, list[JobExecution]] = {}
    for row in sorted(executions, key=_age):
        queues.setdefault(row.hotel_id, []).append(row)
    while queues:
        yield [rows.pop(0) for rows in queues.values()]
        queues = {hotel_id: rows for hotel_id, rows in queues.items() if rows}


def _age(row: JobExecution) -> tuple[datetime, int]:
    return row.scheduled_for or row.as_of, row.pk


def _work_shard(
    job: Job, shard: Sequence[JobExecution], *, options: WorkOptions, threads: int
) -> Iterator[Outcome]:
    if options.stop():
        yield from (_waiting(row) for row in shard)
        return
    try:
        claimed = runner.claim(
            executions=shard,
            job=job,
            now=options.now,
            worker=options.worker,
            requested_at=options.requested_at,
        )
        unclaimed = _unclaimed(shard=shard, claimed=claimed, options=options)
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        yield from (_unworked(row, f"not started, still waiting: {_named(error)}") for row in shard)
        return
    yield from unclaimed
    started: set[int] = set()
    calls = [_performance(row, job=job, stop=options.stop, started=started) for row in claimed]
    for outcome in _in_threads(calls, threads=threads):
        if outcome is not None:
            yield outcome
    yield from _released([row for row in claimed if row.pk not in started])


def _released(rows: Sequence[JobExecution]) -> list[Outcome]:
    """Release executions that were claimed but not started when the process was asked to stop."""
    if rows:
        runner.release(executions=rows)
    return [_waiting(row) for row in rows]


def _unclaimed(
    *, shard: Sequence[JobExecution], claimed: Sequence[JobExecution], options: WorkOptions
) -> list[Outcome]:
    """Outcomes of the executions that could not be claimed: still waiting, skipped, or taken."""
    taken = {execution.pk for execution in claimed}
    unclaimed = [execution for execution in shard if execution.pk not in taken]
    if not unclaimed:
        return []
    skippable = [row for row in unclaimed if row.trigger not in WAITS_FOR_RUNNING]
    runner.skip_overlapped(executions=skippable, requested_at=options.requested_at)
    rows = JobExecution.objects.filter(pk__in=[row.pk for row in unclaimed]).select_related("hotel")
    return [
        Outcome(
            hotel=row.hotel,
            job_name=row.job_name,
            status=row.status,
            summary=row.words or _taken_elsewhere(row),
            skip_reason=row.skip_reason,
            problems=row.problems,
            execution_id=row.pk,
            repeated=True,
        )
        for row in rows
    ]


def _taken_elsewhere(row: JobExecution) -> str:
    if row.status == Status.PENDING:
        return "waiting until the previous run of this hotel has ended"
    return f"claimed by another worker ({row.status.lower()})"


def _waiting(row: JobExecution) -> Outcome:
    words = "stopped before it started; the next tick continues"
    return _outcome(row, status=Status.PENDING, words=words)


def _unworked(row: JobExecution, words: str) -> Outcome:
    return _outcome(row, status=Status.FAILED, words=words, error=words)


def _outcome(row: JobExecution, *, status: Status, words: str, error: str = "") -> Outcome:
    return Outcome(
        hotel=row.hotel,
        job_name=row.job_name,
        status=status,
        summary=words,
        error=error,
        execution_id=row.pk,
    )


def _named(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _performance(
    row: JobExecution, *, job: Job, stop: Stop, started: set[int]
) -> Callable[[], Outcome | None]:
    def perform() -> Outcome | None:
        if stop():
            return None
        started.add(row.pk)
        try:
            return runner.perform(execution=row, job=job)
        except Exception as error:  # noqa: BLE001  not even the failure could be recorded
            connection.close()  # the next hotel gets a new connection
            return _unworked(row, f"not recorded: {_named(error)}")

    return perform


def _in_threads(
    calls: Sequence[Callable[[], Outcome | None]], *, threads: int
) -> Iterator[Outcome | None]:
    if threads == 1 or len(calls) < 2:
        for call in calls:
            yield call()
        return
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="hotel") as pool:
        for future in as_completed([pool.submit(_in_thread, call) for call in calls]):
            yield future.result()


def _in_thread(call: Callable[[], Outcome | None]) -> Outcome | None:
    try:
        return call()
    finally:
        connection.close()  # the thread's own connection goes back to the pool


def _shards(rows: Iterable[JobExecution], *, size: int) -> Iterator[list[JobExecution]]:
    source = iter(rows)
    while shard := list(islice(source, size)):
        yield shard
