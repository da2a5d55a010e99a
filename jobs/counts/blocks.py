"""Counts blocks of executions that have ended, and takes deleted executions off the counts."""

from collections.abc import Callable

from django.db import connection, transaction
from django.db.models import F

from hotels.deadlocks import repeated_on_deadlock
from hotels.expired_rows import never
from jobs.counts import storing
from jobs.models import (
    BLOCK_SIZE,
    ExecutionCounter,
    JobExecution,
    JobExecutionQuerySet,
    in_blocks,
)

# Blocks counted in one transaction; it takes some hundred milliseconds.
AT_ONCE = 50


def count_blocks(*, stop: Callable[[], bool] = never) -> int:
    """Count the blocks in which all executions have ended and none can be added; returns how many.

    Returns early when `stop` is true. A transaction that began before the newest block was noted
    may still store an execution in an earlier one: then the blocks are left to the next call.
    """
    counted = 0
    while not stop():
        more = _count_some()
        if not more:
            break
        counted += more
    return counted


def forget(rows: JobExecutionQuerySet) -> None:
    """Take executions off the counts, in the transaction that deletes them and before it does."""
    counter = ExecutionCounter.lock()
    storing.subtract(rows.filter(counter.counted))


@repeated_on_deadlock
@transaction.atomic(durable=True)
def _count_some() -> int:
    # Before the lock, which gives this transaction its number: whatever stored an execution up to
    # this one has a lower number.
    newest = JobExecution.objects.order_by("-pk").values_list("pk", flat=True).first()
    counter = ExecutionCounter.lock()
    transaction_number = _own_number()
    if counter.seen_end <= counter.end or counter.seen_transaction > transaction_number:
        # Numbers of transactions start again where a copy of the database was restored.
        counter.seen_transaction = transaction_number
        # One block less: a key is given out shortly before the transaction gets its number.
        counter.seen_end = max((newest or 0) // BLOCK_SIZE - 1, counter.end)
    settled = counter.seen_end if _have_ended(counter.seen_transaction) else counter.end
    first = max(counter.end, min(_first_block(counter.end), settled))
    end = min(settled, first + AT_ONCE)
    unfinished = _unfinished_blocks(before=end)
    again = [block for block in counter.left_out if block not in unfinished][:AT_ONCE]
    left_out = [block for block in range(first, end) if block in unfinished]
    done = [*again, *(block for block in range(first, end) if block not in unfinished)]
    if done:
        storing.add(JobExecution.objects.filter(in_blocks(done)))
    counter.left_out = sorted({*counter.left_out, *left_out} - {*again})
    counter.end = end
    counter.save()
    return len(again) + end - first


def _own_number() -> int:
    """The number of this transaction; 0 on SQLite, which has one writer at a time."""
    return _number("SELECT pg_current_xact_id()") if connection.vendor == "postgresql" else 0


def _have_ended(before: int) -> bool:
    """True if all transactions with lower numbers have ended."""
    if connection.vendor != "postgresql":
        return True
    return _number("SELECT pg_snapshot_xmin(pg_current_snapshot())") >= before


def _number(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


def _first_block(end: int) -> int:
    """The first block from `end` on that has executions: old ones were deleted."""
    rows = JobExecution.objects.filter(pk__gte=end * BLOCK_SIZE).order_by("pk")
    first: int | None = rows.values_list("pk", flat=True).first()
    return end if first is None else first // BLOCK_SIZE


def _unfinished_blocks(*, before: int) -> set[int]:
    rows = JobExecution.objects.unfinished().filter(pk__lt=before * BLOCK_SIZE).order_by()
    return set(rows.values_list(F("pk") / BLOCK_SIZE, flat=True).distinct())
