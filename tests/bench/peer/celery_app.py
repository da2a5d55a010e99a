"""Celery on RabbitMQ: tasks are acknowledged when they are done, and return with a dead worker."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from celery import Celery

from tests.bench.peer import task

app = Celery("bench", broker=os.environ["BROKER_URL"])
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    broker_transport_options={"confirm_publish": True},
    broker_connection_retry_on_startup=True,
    # Classic durable queues, as RabbitMQ 3.10 of Debian 12 has by default.
)


@app.task
def record(hotel_id: int, run_id: int) -> None:
    """See `tests.bench.peer.task`."""
    task.record(hotel_id, run_id)


@contextmanager
def opened() -> Iterator[None]:
    """Connections are opened when they are needed."""
    yield


def send(hotel_ids: Sequence[int], run_id: int) -> None:
    """Store a task for each hotel."""
    for hotel_id in hotel_ids:
        record.delay(hotel_id, run_id)
