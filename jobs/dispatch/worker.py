"""The worker lock of a process that hands out executions, and the runs it works."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError
from django.db.models import Q

from hotels import worker_locks
from hotels.deadlocks import repeated_on_deadlock
from hotels.worker_locks import WorkerLock
from jobs import runner
from jobs.models import JobRun


@contextmanager
def hold_runs() -> Iterator[WorkerLock]:
    """Hold a worker lock for the block, and free the runs that carry its key afterwards.

    A process that dies in the block loses the lock, so its runs count as free although they still
    carry the key. Raises ClockDiffers, before anything is stored, if this machine's clock is wrong.
    """
    runner.check_clock()
    with worker_locks.hold_worker_lock() as lock:
        try:
            yield lock
        finally:
            _free(lock.key)


@repeated_on_deadlock
def take_runs(*, run_ids: Iterable[int], worker: int | None, dead: Collection[int] = ()) -> None:
    """Put the worker's key on those of the runs that are free or belong to a dead worker."""
    if worker is None:
        return
    free = Q(worker__isnull=True) | Q(worker__in=dead)
    JobRun.objects.filter(free, pk__in=set(run_ids)).update_in_order(worker=worker)


def _free(key: int | None) -> None:
    if key is None:
        return
    try:
        JobRun.objects.filter(worker=key).update_in_order(worker=None)
    except (DatabaseError, InterfaceError):
        return  # without its lock the key means nothing; the block's own error matters more
