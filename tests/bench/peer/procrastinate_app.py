"""Procrastinate by itself, in the same database: a job for each hotel, deferred as a batch."""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager

from procrastinate import App, PsycopgConnector

from tests.bench.peer import task

app = App(connector=PsycopgConnector(conninfo=os.environ["DATABASE_URL"]))


@app.task(name="record", queue="peer")
def record(hotel_id: int, run_id: int) -> None:
    """See `tests.bench.peer.task`."""
    task.record(hotel_id, run_id)


def opened() -> AbstractContextManager[object]:
    """The connections that send."""
    opened: AbstractContextManager[object] = app.open()
    return opened


def send(hotel_ids: Sequence[int], run_id: int) -> None:
    """Store a task for each hotel."""
    record.batch_defer(*({"hotel_id": hotel_id, "run_id": run_id} for hotel_id in hotel_ids))
