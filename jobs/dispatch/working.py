"""Working executions that wait: in shards, in threads, never two of a job for one hotel at once."""

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

# Claims are made for a shard at once: 0.07 ms a row in bulk against 1.5 ms alone. A shard stays
# small enough that the last of it starts well within its lease.
SHARD_PER_WORKER = 8
# What is caught up or retried waits for its turn; a fresh slot that finds the job running is over.
WAITS_ITS_TURN = frozenset({Trigger.CATCH_UP, Trigger.RETRY})

OnOutcome = Callable[[Outcome], None]
Stop = Callable[[], bool]


def never() -> bool:
    """Nobody asks to stop."""
    return False


@dataclass(frozen=True, kw_only=True)
class Work:
    """How executions are worked. `now` is the instant slots are worked as of.

    `stop` is asked before each hotel: when it says so, what was not begun stays PENDING.
    `asked_at`: a hotel for which the job was started since is left out as overlapped.
    """

    now: datetime
    worker: int | None = None
    concurrency: int = 1
    stop: Stop = never
    asked_at: datetime | None = None


def work(
    *, executions: Sequence[JobExecution], how: Work, on_outcome: OnOutcome | None = None
) -> list[Outcome]:
    """Claim and perform PENDING executions of any registered jobs; an outcome for each."""
    outcomes: list[Outcome] = []
    by_job: dict[str, list[JobExecution]] = {}
    for row in sorted(executions, key=_turn):
        by_job.setdefault(row.job_name, []).append(row)
    for job_name, of_job in by_job.items():
        try:
            job = registry.get(job_name)
        except UnknownJob as error:
            found = [_left(row, str(error)) for row in of_job]
            for outcome in found:
                _tell(outcome, on_outcome)
        else:
            found = work_job(job=job, executions=of_job, how=how, on_outcome=on_outcome)
        outcomes += found
    return outcomes


def work_job(
    *,
    job: Job,
    executions: Sequence[JobExecution],
    how: Work,
    on_outcome: OnOutcome | None = None,
) -> list[Outcome]:
    """Claim and perform PENDING executions of one job; returns an outcome for each.

    Slots of one hotel are worked one after the other, the oldest first. A database that is gone
    ends it: what could not be claimed is an outcome with an error, and stays PENDING.
    """
    outcomes: list[Outcome] = []
    threads = workers_for(concurrency=how.concurrency)
    for wave in _waves(executions):
        for shard in _shards(wave, size=threads * SHARD_PER_WORKER):
            for outcome in _worked(job, shard, how=how, threads=threads):
                outcomes.append(outcome)
                _tell(outcome, on_outcome)
    return outcomes


def _tell(outcome: Outcome, on_outcome: OnOutcome | None) -> None:
    if on_outcome is not None:
        on_outcome(outcome)


def workers_for(*, concurrency: int) -> int:
    """How many threads may work: SQLite has one writer, so more would only wait for each other."""
    return 1 if connection.vendor == "sqlite" else concurrency


def _waves(executions: Iterable[JobExecution]) -> Iterator[list[JobExecution]]:
    """One execution a hotel in each wave, the oldest slots first."""
    queues: dict[int, list[JobExecution]] = {}
    for row in sorted(executions, key=_turn):
        queues.setdefault(row.hotel_id, []).append(row)
    while queues:
        yield [rows.pop(0) for rows in queues.values()]
        queues = {hotel_id: rows for hotel_id, rows in queues.items() if rows}


def _turn(row: JobExecution) -> tuple[datetime, int]:
    return row.scheduled_for or row.as_of, row.pk


def _worked(
    job: Job, shard: Sequence[JobExecution], *, how: Work, threads: int
) -> Iterator[Outcome]:
    if how.stop():
        yield from (_waiting(row) for row in shard)
        return
    try:
        claimed = runner.claim(
            executions=shard, job=job, now=how.now, worker=how.worker, asked_at=how.asked_at
        )
        left = _left_out(shard=shard, claimed=claimed, how=how)
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        yield from (_left(row, f"not worked, waits: {_named(error)}") for row in shard)
        return
    yield from left
    begun: set[int] = set()
    calls = [_performance(row, job=job, stop=how.stop, begun=begun) for row in claimed]
    for outcome in _in_threads(calls, threads=threads):
        if outcome is not None:
            yield outcome
    yield from _given_back([row for row in claimed if row.pk not in begun])


def _given_back(rows: Sequence[JobExecution]) -> list[Outcome]:
    """What was claimed and not begun when somebody asked to stop: it waits again."""
    if rows:
        runner.release(executions=rows)
    return [_waiting(row) for row in rows]


def _left_out(
    *, shard: Sequence[JobExecution], claimed: Sequence[JobExecution], how: Work
) -> list[Outcome]:
    """What became of executions that were not ours to claim."""
    taken = {execution.pk for execution in claimed}
    left = [execution for execution in shard if execution.pk not in taken]
    if not left:
        return []
    over = [row for row in left if row.trigger not in WAITS_ITS_TURN]
    runner.skip_overlapped(executions=over, asked_at=how.asked_at)
    rows = JobExecution.objects.filter(pk__in=[row.pk for row in left]).select_related("hotel")
    return [
        Outcome(
            hotel=row.hotel,
            job_name=row.job_name,
            status=row.status,
            words=row.words or _elsewhere(row),
            skip_reason=row.skip_reason,
            execution_id=row.pk,
            repeated=True,
        )
        for row in rows
    ]


def _elsewhere(row: JobExecution) -> str:
    if row.status == Status.PENDING:
        return "waits until the job has ended for this hotel"
    return f"taken by another worker ({row.status.lower()})"


def _waiting(row: JobExecution) -> Outcome:
    words = "stopped before its turn: waits for the next tick"
    return _told(row, status=Status.PENDING, words=words)


def _left(row: JobExecution, words: str) -> Outcome:
    return _told(row, status=Status.FAILED, words=words, error=words)


def _told(row: JobExecution, *, status: Status, words: str, error: str = "") -> Outcome:
    return Outcome(
        hotel=row.hotel,
        job_name=row.job_name,
        status=status,
        words=words,
        error=error,
        execution_id=row.pk,
    )


def _named(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _performance(
    row: JobExecution, *, job: Job, stop: Stop, begun: set[int]
) -> Callable[[], Outcome | None]:
    def perform() -> Outcome | None:
        if stop():
            return None
        begun.add(row.pk)
        try:
            return runner.perform(execution=row, job=job)
        except Exception as error:  # noqa: BLE001  the failure could not even be recorded
            connection.close()  # a broken connection fails no further hotel
            return _left(row, f"not recorded: {_named(error)}")

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
        connection.close()  # back to the pool: the thread's connection is its own


def _shards(rows: Iterable[JobExecution], *, size: int) -> Iterator[list[JobExecution]]:
    source = iter(rows)
    while shard := list(islice(source, size)):
        yield shard
