"""Sending messages: in the transaction of the caller, so that both are stored or neither."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction

from jobs.queue.shards import CLASS_SIZE, Precedence, Shard, message_arguments

if TYPE_CHECKING:
    from procrastinate.jobs import Job
    from procrastinate.manager import JobManager

# The queues, and what their messages ask for.
SHARDS, WORK = "shards", "work_shard"
DELIVERIES, DELIVER = "deliveries", "deliver_messages"


def send_shards(shards: Iterable[Shard], *, requested_at: datetime | None = None) -> int:
    """Send a message for each shard in one statement; returns the number of executions.

    With `requested_at`, a worker skips hotels in which the job was started after that instant.
    Raises DatabaseError.
    """
    from procrastinate.jobs import Job

    messages = list(shards)
    if messages:
        _send(
            [
                Job(
                    queue=SHARDS,
                    task_name=WORK,
                    priority=shard.priority,
                    lock=shard.lane,
                    queueing_lock=None,
                    task_kwargs=message_arguments(shard, requested_at=requested_at),  # type: ignore[arg-type]
                )
                for shard in messages
            ]
        )
    return sum(len(shard.execution_ids) for shard in messages)


def send_delivery() -> None:
    """Ask the workers to send what waits in the outbox, unless a worker has yet to read that.

    Raises DatabaseError.
    """
    from procrastinate.exceptions import AlreadyEnqueued
    from procrastinate.jobs import Job

    message = Job(
        queue=DELIVERIES,
        task_name=DELIVER,
        priority=Precedence.SCHEDULED * CLASS_SIZE,
        lock=None,
        queueing_lock=DELIVER,
        task_kwargs={},
    )
    try:
        with transaction.atomic():
            _send([message])
    except AlreadyEnqueued:
        return


def _send(messages: "Sequence[Job]") -> None:
    """Store messages; an error of the database is Django's, as our callers know it."""
    from procrastinate.exceptions import ConnectorException

    try:
        _manager().batch_defer_jobs(list(messages))
    except ConnectorException as error:
        if error.__cause__ is None:
            raise
        with connection.wrap_database_errors:
            raise error.__cause__ from None


def _manager() -> "JobManager":
    """The library, on Django's connection. Imported where it is used: most processes never do."""
    from procrastinate.contrib.django import app

    return app.job_manager
