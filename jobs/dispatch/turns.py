"""The turns of executions: each is claimed and performed, and gets an outcome whatever happens."""

import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from django.db import DatabaseError, InterfaceError, connection

from hotels.database_errors import is_read_only
from jobs import runner
from jobs.base import Job
from jobs.dispatch.batches import BATCH_TIME, MOST_HELD, Batch, Watcher
from jobs.dispatch.options import WorkOptions, always
from jobs.dispatch.waiting import is_reachable
from jobs.models import JobExecution, Status, Trigger
from jobs.runner import Outcome, Turn

# Catch-ups and retries wait while the job is running in their hotel, whatever runs it.
STOPPED = "stopped before it started; the next tick continues"
HELD_BACK = "not started: as many hotels as the limit allows are in progress"
WAITS_FOR_RUNNING = frozenset({Trigger.CATCH_UP, Trigger.RETRY})
# Of the executions for each thread so many batches are made at least, so that no thread is idle.
BATCHES_OF_THREAD = 4


class Turns:
    """The turns of executions of one job: taken in batches, in any thread.

    A batch has one execution at first, and more as long as they are quick: see `Batch`. `requests`
    is when executions were requested, by key: these, and those that need a permit, come singly.
    """

    def __init__(self, *, job: Job, options: WorkOptions, requests: Mapping[int, datetime]) -> None:
        self._job = job
        self._options = options
        self._requests = requests
        self._unreachable = ""  # the error of a database that cannot be reached any more
        self._given_back: deque[JobExecution] = deque()
        self._size = self._most = 1
        self._watcher = Watcher(on_given_back=self._given_back.extend)

    def batches(
        self, rows: Iterator[JobExecution], *, count: int, threads: int
    ) -> Iterator[list[JobExecution]]:
        """The rows in batches, about `count` for so many threads; first those given back.

        To be called until it yields nothing: a thread may give back while there are no others.
        """
        share = count // (threads * BATCHES_OF_THREAD)
        can_hold = self._options.permit is always and runner.can_hold()
        self._most = max(1, min(MOST_HELD, share)) if can_hold else 1
        batch: list[JobExecution] = []
        while (row := self._next(rows)) is not None:
            if row.pk in self._requests or not runner.may_be_held(row):
                yield [row]
                continue
            batch.append(row)
            if len(batch) >= min(self._size, self._most):
                yield batch
                batch = []
        if batch:
            yield batch

    def _next(self, rows: Iterator[JobExecution]) -> JobExecution | None:
        with suppress(IndexError):
            return self._given_back.popleft()
        return next(rows, None)

    def end(self) -> None:
        """End the thread that looks after batches."""
        self._watcher.end()

    def take(self, rows: Sequence[JobExecution]) -> list[Outcome]:
        """Work a batch, in any thread; raises DatabaseError if the database is read-only.

        What is given back has no outcome: it comes again.
        """
        began = time.monotonic()
        if len(rows) == 1 or self._options.stop() or self._unreachable:
            outcomes = [self._take_one(row) for row in rows]
        else:
            outcomes = self._take_together(rows)
        each = (time.monotonic() - began) / len(rows)
        self._size = max(1, min(2 * len(rows), int(BATCH_TIME / max(each, 0.001))))
        return outcomes

    def _take_one(self, row: JobExecution) -> Outcome:
        if self._options.stop():
            return _left_waiting(row, STOPPED)
        if self._unreachable:
            return unworked(row, self._unreachable)
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
            return unworked(row, self._given_up(error))
        with self._options.watch(claimed):
            return _performed(claimed, job=self._job)

    def _take_together(self, rows: Sequence[JobExecution]) -> list[Outcome]:
        try:
            self._options.lock.renew()
            turns = runner.hold(
                executions=rows,
                job=self._job,
                now=self._options.now,
                worker=self._options.lock.key,
            )
        except (DatabaseError, InterfaceError) as error:
            if is_read_only(error):
                raise
            turns = []  # each of them finds out what is wrong
        held = {turn.execution.pk for turn in turns}
        outcomes = self._work(Batch(turns)) if turns else []
        return outcomes + [self._take_one(row) for row in rows if row.pk not in held]

    def _work(self, batch: Batch) -> list[Outcome]:
        """Work the turns of a batch, store their outcomes, and give back what was not begun."""
        try:
            with self._watcher.watch(batch):
                while not self._options.stop() and (turn := batch.begin_next()) is not None:
                    with self._options.watch(turn.execution):
                        outcome = _performed(turn.execution, job=self._job, turn=turn)
                    batch.end(turn, outcome)
        finally:
            # What an error leaves is held for a moment: then a tick frees it.
            problem = self._settled(batch)
            rest = self._gave_back(batch)
        outcomes, unsettled = batch.take_outcomes()
        outcomes += [unworked(turn.execution, f"not recorded: {problem}") for turn in unsettled]
        return outcomes + rest

    def _settled(self, batch: Batch) -> str:
        """Store the outcomes without effects; returns the error, if there is one."""
        try:
            batch.settle()
        except Exception as error:  # noqa: BLE001  what was not begun is given back in any case
            connection.close()  # the next hotel gets a new connection
            return _named(error)
        return ""

    def _gave_back(self, batch: Batch) -> list[Outcome]:
        """Give back what was not begun; returns the outcomes of what does not come again."""
        rest = batch.take_rest()
        rows = [turn.execution for turn in rest]
        try:
            runner.give_back(rest)
        except (DatabaseError, InterfaceError) as error:
            words = self._given_up(error)
            return [unworked(row, words) for row in rows]
        if self._options.stop():
            return [_left_waiting(row, STOPPED) for row in rows]
        self._given_back.extend(rows)
        return []

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


def _performed(row: JobExecution, *, job: Job, turn: Turn | None = None) -> Outcome:
    try:
        return runner.perform(execution=row, job=job, **({} if turn is None else {"turn": turn}))
    except Exception as error:
        if is_read_only(error):
            raise  # no other hotel could be worked
        # Not even the failure could be recorded.
        connection.close()  # the next hotel gets a new connection
        return unworked(row, f"not recorded: {_named(error)}")


def unworked(row: JobExecution, words: str) -> Outcome:
    """The outcome of an execution that could not be worked, or not recorded."""
    return _outcome(row, status=Status.FAILED, words=words, error=words)


def _taken_elsewhere(row: JobExecution) -> str:
    if row.status == Status.PENDING:
        return "waiting until the previous run of this hotel has ended"
    return f"claimed by another worker ({row.status.lower()})"


def _left_waiting(row: JobExecution, words: str) -> Outcome:
    return _outcome(row, status=Status.PENDING, words=words)


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
