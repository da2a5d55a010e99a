"""Executions without a message, and messages whose worker has died or left them.

The workers report which message they hold (`WorkerProcess`), so a dead one's is found by its lock.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, When
from django.db.models.functions import Now

from jobs.models import WorkerProcess
from jobs.queue.messages import DELIVER, EXPORT, PREVIEW, WORK
from jobs.queue.shards import executions_of

# A worker that hangs is alive; after this time others may start what it has not.
TAKEN_OVER_AFTER = timedelta(minutes=2)
# A worker that hangs keeps its message until it goes on or dies.
LONGER_THAN_ANY = timedelta(days=365)
# From a worker's taking a message to its report; longer, and it died in between.
REPORTED_AFTER = 20  # seconds

_MESSAGES = """
    SELECT job.id, job.status = 'doing', job.args,
        coalesce((
            SELECT max(event.at) FROM procrastinate_events event
            WHERE event.job_id = job.id AND event.type = 'started'
        ) > now() - %s * interval '1 second', false)
    FROM procrastinate_jobs job
    WHERE job.task_name = %s AND job.status IN ('todo', 'doing')
"""
_DELETE = "DELETE FROM procrastinate_jobs WHERE id = ANY(%s) AND status = 'doing'"
# Much longer than a worker sends messages of the outbox, makes previews or exports at a time.
_DELETE_OTHERS = """
    DELETE FROM procrastinate_jobs job
    WHERE job.task_name = ANY(%s) AND job.status = 'doing' AND NOT EXISTS (
        SELECT 1 FROM procrastinate_events event
        WHERE event.job_id = job.id AND event.at > now() - interval '10 minutes'
    )
"""
# Two ticks at once would each send a message for the same executions.
_LOCK = "SELECT pg_advisory_xact_lock(7218664125093125)"


@dataclass(frozen=True, kw_only=True)
class _Message:
    pk: int
    is_taken: bool
    arguments: dict[str, Any]
    was_just_taken: bool


def without_message(execution_ids: Iterable[int]) -> set[int]:
    """Return the executions that no message in good hands asks a worker to work.

    Waits for other ticks that ask, until the transaction ends: it must be open. Read the
    executions before this call, so that a message sent with them is seen.
    """
    wanted = set(execution_ids)
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
        holders = _holders(taken_within=TAKEN_OVER_AFTER)
        waiting = (each.arguments for each in _messages() if _is_in_good_hands(each, holders))
        wanted -= executions_of(waiting)
    return wanted


def delete_lost() -> int:
    """Delete the messages that dead workers held, or living ones left; returns their number.

    Their lanes are free then. What they asked for has no message any more. One that its worker is
    about to delete itself may be among them: the library logs that it is gone, and goes on.
    """
    holders = _holders(taken_within=LONGER_THAN_ANY)
    lost = [each.pk for each in _messages() if not _is_in_good_hands(each, holders)]
    with connection.cursor() as cursor:
        if lost:
            cursor.execute(_DELETE, [lost])
        cursor.execute(_DELETE_OTHERS, [[DELIVER, EXPORT, PREVIEW]])
    return len(lost)


def _is_in_good_hands(message: _Message, holders: dict[int, bool]) -> bool:
    if not message.is_taken:
        return True
    return holders.get(message.pk, message.was_just_taken)


def _holders(*, taken_within: timedelta) -> dict[int, bool]:
    """By message: whether the worker that reported it last is alive, and took it recently.

    Read before the messages: one that is reported in between has just been taken.
    """
    since = Now() - taken_within
    reported = list(
        WorkerProcess.objects.filter(message_id__isnull=False)
        .annotate(is_recent=Case(When(taken_at__lt=since, then=False), default=True))
        .values_list("pk", "message_id", "is_recent")
    )
    # Read after the reports: what has died in between counts as dead.
    alive = {row.pk for row in WorkerProcess.objects.alive()}
    holders: dict[int, bool] = {}
    for pk, message_id, is_recent in reported:
        assert message_id is not None, "it was filtered"
        holders[message_id] = holders.get(message_id, False) or (is_recent and pk in alive)
    return holders


def _messages() -> list[_Message]:
    with connection.cursor() as cursor:
        cursor.execute(_MESSAGES, [REPORTED_AFTER, WORK])
        return [
            _Message(
                pk=pk,
                is_taken=is_taken,
                arguments=_parsed(arguments),
                was_just_taken=was_just_taken,
            )
            for pk, is_taken, arguments, was_just_taken in cursor.fetchall()
        ]


def _parsed(arguments: Any) -> dict[str, Any]:
    """The arguments: Django's cursors leave JSON as text."""
    parsed = json.loads(arguments) if isinstance(arguments, str) else arguments
    return parsed if isinstance(parsed, dict) else {}
