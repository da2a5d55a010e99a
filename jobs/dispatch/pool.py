"""Working PENDING executions in threads: each is claimed when its turn comes.

Never two of a job in one hotel at once. What was not claimed stays PENDING for any other worker,
so a worker that dies or hangs holds no more than it was working on (docs/adr/0023), or was about to
(docs/adr/0035).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from datetime import datetime

from django.db import connection

from jobs import registry
from jobs.base import Job
from jobs.dispatch.batches import LOOK_EVERY
from jobs.dispatch.options import OnOutcome, WorkOptions
from jobs.dispatch.tally import OutcomeTally
from jobs.dispatch.turns import Turns, unworked
from jobs.dispatch.waiting import Waiting, load
from jobs.models import JobExecution
from jobs.registry import UnknownJob
from jobs.runner import Outcome


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
            outcomes = (unworked(row, words) for row in _loaded(of_job))
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
    turns = Turns(job=job, options=options, requests=requests)
    together = [place for place in waiting if not place.runs_alone]
    alone = [place for place in waiting if place.runs_alone]
    try:
        for places, concurrency in ((together, options.concurrency), (alone, 1)):
            for wave in _waves(places):
                count = len(wave)
                threads = min(threads_for(concurrency=concurrency), count)
                if threads <= 1:
                    yield from _in_one_thread(turns, _loaded(wave), count=count)
                else:
                    yield from _in_threads(turns, _loaded(wave), count=count, threads=threads)
    finally:
        turns.end()


def _loaded(places: Iterable[Waiting]) -> Iterator[JobExecution]:
    return load(execution_ids=(place.execution_id for place in places))


def threads_for(*, concurrency: int) -> int:
    """The number of threads to use: one on SQLite, where writers wait for each other."""
    return 1 if connection.vendor == "sqlite" else concurrency


def _in_threads(
    turns: Turns, rows: Iterator[JobExecution], *, count: int, threads: int
) -> Iterator[Outcome]:
    """The outcomes of about `count` rows, as they come. Rows are asked for when a thread is free.

    What a thread gives back is worked by the next one that is free.
    """
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="hotel") as pool:
        taken: set[Future[list[Outcome]]] = set()
        try:
            while True:
                for batch in turns.batches(rows, count=count, threads=threads):
                    taken.add(pool.submit(copy_context().run, _in_thread, turns, batch))
                    while len(taken) > threads:
                        done, taken = wait(taken, return_when=FIRST_COMPLETED)
                        yield from _outcomes(done)
                if not taken:
                    return
                # Not for long: another thread is free for what is given back.
                done, taken = wait(taken, timeout=LOOK_EVERY, return_when=FIRST_COMPLETED)
                yield from _outcomes(done)
        finally:
            pool.shutdown(cancel_futures=True)  # on Ctrl-C the rest stays PENDING


def _in_one_thread(turns: Turns, rows: Iterator[JobExecution], *, count: int) -> Iterator[Outcome]:
    """The outcomes of about `count` rows, as they come, in this thread."""
    is_over = False
    while not is_over:
        is_over = True
        for batch in turns.batches(rows, count=count, threads=1):
            is_over = False
            yield from turns.take(batch)


def _outcomes(done: Iterable[Future[list[Outcome]]]) -> Iterator[Outcome]:
    for future in done:
        yield from future.result()


def _in_thread(turns: Turns, rows: Sequence[JobExecution]) -> list[Outcome]:
    try:
        return turns.take(rows)
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
