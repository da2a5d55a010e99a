"""Options for working executions."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from hotels.worker_locks import WorkerLock
from jobs.models import JobExecution
from jobs.runner import Outcome

OnOutcome = Callable[[Outcome], None]
Stop = Callable[[], bool]
Permit = Callable[[JobExecution], AbstractContextManager[bool]]
Watch = Callable[[JobExecution], AbstractContextManager[object]]


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
