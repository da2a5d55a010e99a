"""Working PENDING executions in threads: each is claimed when its turn comes.

Never two of a job in one hotel at once. What was not claimed stays PENDING for any other worker,
so a worker that dies or hangs holds no more than it was working on (docs/adr/0023).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ThreadPoolExecutor,
    as_completed,
    wait,
)
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, InterfaceError, connection

from hotels.database_errors import is_read_only
from hotels.worker_locks import WorkerLock
from jobs import registry, runner
from jobs.base import Job
from jobs.dispatch.tally import OutcomeTally
from jobs.dispatch.waiting import Waiting, is_reachable, load
from jobs.models import JobExecution, Status, Trigger
from jobs.registry import UnknownJob
from jobs.runner import Outcome

# Catch-ups and retries wait while the job is running in their hotel, whatever runs it.
WAITS_FOR_RUNNING = frozenset({Trigger.CATCH_UP, Trigger.RETRY})

STOPPED = "stopped before it started; the next tick continues"
HELD_BACK = "not started: as many hotels as the limit allows are in progress"

OnOutcome = Callable[[Outcome], None]
Stop = Callable[[], bool]
Watch = Callable[[JobExecution], AbstractContextManager[object]]
Permit = Callable[[JobExecution], AbstractContextManager[bool]]


def never() -> bool:
    """A `Stop` that never stops."""
    return False


def always(_: JobExecution) -> AbstractContextManager[bool]:
    """A `Permit` for everything."""
    return nullcontext(True)


@dataclass(frozen=True, kw_only=True)
class WorkOptions:
    """Options for working executions; `now` is the effective time of slots.

    Executions are claimed under `lock`, which is taken again if its connection was cut.
    `stop` is asked before each hotel: once it returns true, the rest stays PENDING. An execution is
    claimed in the block of its `permit`, and stays PENDING if that says no. `watch` is entered with
    each execution that was claimed, and left when it has ended.
    """

    now: datetime
    lock: WorkerLock
    concurrency: int = 1
    stop: Stop = never
    permit: Permit = always
    watch: Watch = nullcontext


def work(
    *, waiting: Iterable[Waiting], options: WorkOptions, on_outcome: OnOutcome | None = None
) -> OutcomeTally:
    """Claim and perform PENDING executions of any registered jobs; counts the outcomes.

    `on_outcome` gets each of them when it is there; none is kept but the first failures. Those that
    run alone come last: one of them may kill this process. Raises what `load` raises.
    """
    tally = OutcomeTally()
    parts: dict[tuple[bool, str], list[Waiting]] = {}
    for place in sorted(waiting, key=_age):
        parts.setdefault((place.runs_alone, place.job_name), []).append(place)
    for (_, job_name), of_job in sorted(parts.items(), key=lambda part: part[0][0]):
        try:
            outcomes = _worked(registry.get(job_name), of_job, options=options)
        except UnknownJob as error:
            words = str(error)
            outcomes = (_unworked(row, words) for row in _loaded(of_job))
        for outcome in outcomes:
            tally.add(outcome)
            if on_outcome is not None:
                on_outcome(outcome)
    return tally


def work_job(
    *,
    job: Job,
    waiting: Iterable[Waiting],
    options: WorkOptions,
    on_outcome: OnOutcome | None = None,
    tally: OutcomeTally | None = None,
) -> OutcomeTally:
    """Claim and perform PENDING executions of one job; counts the outcomes, after those of `tally`.

    Slots of one hotel are worked one after the other, the oldest first, and groups of hotels take
    turns. A request is skipped as overlapped if the job was started in its hotel in the meantime.
    Executions that run alone come last, one at a time. If the database cannot be reached, the
    executions that could not be claimed stay PENDING and get an outcome with an error. Raises what
    `load` raises.
    """
    tally = OutcomeTally() if tally is None else tally
    for outcome in _worked(job, list(waiting), options=options):
        tally.add(outcome)
        if on_outcome is not None:
            on_outcome(outcome)
    return tally


def _worked(job: Job, waiting: Sequence[Waiting], *, options: WorkOptions) -> Iterator[Outcome]:
    requests = {each.execution_id: each.requested_at for each in waiting if each.requested_at}
    turns = _Turns(job=job, options=options, requests=requests)
    together = [place for place in waiting if not place.runs_alone]
    alone = [place for place in waiting if place.runs_alone]
    for places, concurrency in ((together, options.concurrency), (alone, 1)):
        for wave in _waves(places):
            threads = min(threads_for(concurrency=concurrency), len(wave))
            yield from _in_threads(turns.take, _loaded(wave), threads=threads)


def _loaded(places: Iterable[Waiting]) -> Iterator[JobExecution]:
    return load(execution_ids=(place.execution_id for place in places))


def threads_for(*, concurrency: int) -> int:
    """The number of threads to use: one on SQLite, where writers wait for each other."""
    return 1 if connection.vendor == "sqlite" else concurrency


class _Turns:
    """The turn of each execution: claim it, perform it, and say how it ended.

    `requests` is when executions were requested, by key.
    """

    def __init__(self, *, job: Job, options: WorkOptions, requests: Mapping[int, datetime]) -> None:
        self._job = job
        self._options = options
        self._requests = requests
        self._unreachable = ""  # the error of a database that cannot be reached any more

    def take(self, row: JobExecution) -> Outcome:
        """Work one execution, in any thread; raises DatabaseError if the database is read-only."""
        if self._options.stop():
            return _left_waiting(row, STOPPED)
        if self._unreachable:
            return _unworked(row, self._unreachable)
        try:
            with self._options.permit(row) as is_permitted:
                claimed = self._claim(row) if is_permitted else None
            if not is_permitted:
                return _left_waiting(row, HELD_BACK)
            if claimed is None:
                return self._unclaimed(row)
        except (DatabaseError, InterfaceError) as error:
            if is_read_only(error):
                raise
            return _unworked(row, self._given_up(error))
        with self._options.watch(claimed):
            return _performed(claimed, job=self._job)

    def _claim(self, row: JobExecution) -> JobExecution | None:
        self._options.lock.renew()
        return runner.claim(
            execution=row,
            job=self._job,
            now=self._options.now,
            worker=self._options.lock.key,
            requested_at=self._requests.get(row.pk),
        )

    def _unclaimed(self, row: JobExecution) -> Outcome:
        """The outcome of an execution that cannot be claimed: still waiting, skipped, or taken."""
        if row.trigger not in WAITS_FOR_RUNNING:
            runner.skip_overlapped(execution=row, requested_at=self._requests.get(row.pk))
        stored = JobExecution.objects.select_related("hotel").get(pk=row.pk)
        return Outcome(
            hotel=stored.hotel,
            job_name=stored.job_name,
            status=stored.status,
            summary=stored.words or _taken_elsewhere(stored),
            skip_reason=stored.skip_reason,
            problems=stored.problems,
            execution_id=stored.pk,
            repeated=True,
        )

    def _given_up(self, error: Exception) -> str:
        """The words about an execution that could not be claimed.

        Waiting for a connection takes seconds each time: if there is none, the other executions
        are left to the next tick at once.
        """
        words = f"not started, still waiting: {_named(error)}"
        if not is_reachable():
            self._unreachable = words
        return words


def _performed(row: JobExecution, *, job: Job) -> Outcome:
    try:
        return runner.perform(execution=row, job=job)
    except Exception as error:
        if is_read_only(error):
            raise  # no other hotel could be worked
        # Not even the failure could be recorded.
        connection.close()  # the next hotel gets a new connection
        return _unworked(row, f"not recorded: {_named(error)}")


def _in_threads(
    take: Callable[[JobExecution], Outcome], rows: Iterator[JobExecution], *, threads: int
) -> Iterator[Outcome]:
    """The outcome of each row, as it comes. The next row is asked for when a thread is free."""
    if threads <= 1:
        for row in rows:
            yield take(row)
        return
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="hotel") as pool:
        taken: set[Future[Outcome]] = set()
        try:
            for row in rows:
                taken.add(pool.submit(copy_context().run, _in_thread, take, row))
                if len(taken) > threads:
                    done, taken = wait(taken, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            yield from (future.result() for future in as_completed(taken))
        finally:
            pool.shutdown(cancel_futures=True)  # on Ctrl-C the rest stays PENDING


def _in_thread(take: Callable[[JobExecution], Outcome], row: JobExecution) -> Outcome:
    try:
        return take(row)
    finally:
        connection.close()  # the thread's own connection goes back to the pool


def _waves(waiting: Iterable[Waiting]) -> Iterator[list[Waiting]]:
    """Waves with one execution of each hotel, the oldest slots first; groups take turns."""
    queues: dict[int, list[Waiting]] = {}
    for place in sorted(waiting, key=_age):
        queues.setdefault(place.hotel_id, []).append(place)
    while queues:
        yield _in_turn([places.pop(0) for places in queues.values()])
        queues = {hotel_id: places for hotel_id, places in queues.items() if places}


def _in_turn(places: Iterable[Waiting]) -> list[Waiting]:
    """The first of each group of hotels, then the second of each, and so on."""
    seen: Counter[int | None] = Counter()
    turns = []
    for place in places:
        turns.append((seen[place.group_id], place))
        seen[place.group_id] += 1
    return [place for _, place in sorted(turns, key=lambda turn: turn[0])]


def _age(place: Waiting) -> tuple[datetime, int]:
    return place.due_at, place.execution_id


def _taken_elsewhere(row: JobExecution) -> str:
    if row.status == Status.PENDING:
        return "waiting until the previous run of this hotel has ended"
    return f"claimed by another worker ({row.status.lower()})"


def _left_waiting(row: JobExecution, words: str) -> Outcome:
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
