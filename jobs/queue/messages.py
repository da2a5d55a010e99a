"""Sending messages: in the transaction of the caller, so that both are stored or neither."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.db import connection, transaction

from jobs.queue.shards import CLASS_SIZE, Precedence, Shard, message_arguments

if TYPE_CHECKING:
    from procrastinate.jobs import Job
    from procrastinate.manager import JobManager

# The queues, and what their messages ask for.
SHARDS, WORK = "shards", "work_shard"
HELD = "held"  # no worker reads it: messages that a limit holds back
DELIVERIES, DELIVER = "deliveries", "deliver_messages"
PREVIEWS, PREVIEW = "previews", "make_previews"
EXPORTS, EXPORT = "exports", "write_export"

_WAITING = """
    SELECT (args ->> 'precedence')::integer, (args ->> 'group_id')::bigint,
        (args ->> 'turn')::integer, count(*)
    FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo' GROUP BY 1, 2, 3
"""


def send_shards(shards: Iterable[Shard]) -> int:
    """Send a message for each shard in two statements; returns the number of executions.

    A group of hotels that sends one message after the other waits behind its own ones, not before
    those of other groups. Raises DatabaseError.
    """
    from procrastinate.jobs import Job

    messages = list(shards)
    if messages:
        waiting = _waiting()
        _send(
            [
                Job(
                    queue=SHARDS,
                    task_name=WORK,
                    priority=shard.priority(
                        behind=waiting[shard.precedence, shard.group_id, shard.turn]
                    ),
                    lock=None,
                    queueing_lock=None,
                    task_kwargs=message_arguments(shard),  # type: ignore[arg-type]
                )
                for shard in messages
            ]
        )
    return sum(len(shard.execution_ids) for shard in messages)


def _waiting() -> Counter[tuple[int, int | None, int]]:
    """The number of messages that wait, by precedence, group and turn."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [WORK])
        return Counter({(kind, group, turn): n for kind, group, turn, n in cursor.fetchall()})


def send_held(message: "Job") -> None:
    """Send the same message again, to be held back. Raises DatabaseError."""
    _send([message.evolve(id=None, status=None, queue=HELD, worker_id=None)])


def send_preview(*, request_id: int) -> None:
    """Ask a worker to make the previews of a `PreviewRequest`. Raises DatabaseError."""
    _send_one(queue=PREVIEWS, task_name=PREVIEW, request_id=request_id)


def send_export(*, export_id: int) -> None:
    """Ask a worker to go on with the file of an `ExecutionExport`. Raises DatabaseError."""
    _send_one(queue=EXPORTS, task_name=EXPORT, export_id=export_id)


def _send_one(*, queue: str, task_name: str, **arguments: int) -> None:
    from procrastinate.jobs import Job

    message = Job(
        queue=queue,
        task_name=task_name,
        lock=None,
        queueing_lock=None,
        task_kwargs=arguments,  # type: ignore[arg-type]
    )
    _send([message])


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
