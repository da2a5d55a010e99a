"""django-tasks-db: tasks are rows of the database, which its workers take one by one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import django
from django.db import transaction
from django_tasks import task as as_task

from tests.bench.peer import task


@as_task()
def record(hotel_id: int, run_id: int) -> None:
    """See `tests.bench.peer.task`."""
    task.record(hotel_id, run_id)


@contextmanager
def opened() -> Iterator[None]:
    """Django, of which the worker's command takes care itself."""
    django.setup()
    yield


def send(hotel_ids: Sequence[int], run_id: int) -> None:
    """Store a task for each hotel."""
    with transaction.atomic():
        for hotel_id in hotel_ids:
            record.enqueue(hotel_id, run_id)
