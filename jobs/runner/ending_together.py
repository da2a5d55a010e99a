"""Outcomes without effects, stored for several hotels in one statement.

Nothing is lost if they are not stored: nothing was written, and the work is done again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone

from hotels.deadlocks import repeated_on_deadlock
from hotels.notifications.outbox import may_be_heard, publish
from jobs.base import JobContext
from jobs.execution_log import CollectedLog
from jobs.models import JobExecution, SkipReason, Status
from jobs.runner import events, session_limits, statements
from jobs.runner.holding import Turn
from jobs.runner.log_lines import log_end, store_log
from jobs.runner.outcome import SUMMARY_LENGTH, Outcome, Report, outcome_of
from jobs.runner.transitions import LOST


@dataclass(kw_only=True)
class Ended:
    """The end of an execution, as JSON for the statement, and what to report about it then."""

    started: datetime
    at: datetime
    summary: str
    columns: str
    outcome: Outcome | None = None
    log: CollectedLog | None = None


def ended_without_effects(
    context: JobContext, *, execution: JobExecution, report: Report, started: datetime
) -> Ended | None:
    """The end of an execution that changed nothing; None if it has to be stored with its effects.

    Whether anything was written says the database: a transaction has a number once it has written
    or locked a row. To be asked in the transaction of the service.
    """
    is_plain = not (report.result.problems or report.attention or context.mails)
    if not is_plain or context.effects() or statements.has_written():
        return None
    if context.events and may_be_heard(hotel_id=execution.hotel_id):
        return None  # they are stored with the outcome, and a wrong one is the hotel's own failure
    at = timezone.now()
    columns = {
        "id": execution.pk,
        "started_at": started,
        "completed_at": at,
        "result": report.payload,
        "words": report.summary[:SUMMARY_LENGTH],
    }
    try:
        text = json.dumps(columns, cls=_Encoder, allow_nan=False)
    except (TypeError, ValueError):
        return None  # recorded as the failure that it is
    if "\\u0000" in text or "\\ud" in text:
        return None  # text that the database may refuse
    return Ended(started=started, at=at, summary=report.summary, columns=text)


class _Encoder(DjangoJSONEncoder):
    """Instants with all their digits, as the columns have them."""

    def default(self, o: object) -> object:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def end_together(turns: Sequence[Turn]) -> list[Outcome]:
    """Store the outcomes of turns that ended without effects, and log them; returns all of them.

    An execution that does not have our token any more gets a failed outcome, or a skipped one if a
    user cancelled it. Raises DatabaseError or InterfaceError: then none is stored.
    """
    stored = _stored(turns)
    outcomes = []
    for turn in turns:
        assert turn.ended is not None, "only what has ended is stored"
        assert turn.ended.outcome is not None, "it was performed"
        row, outcome = turn.execution, turn.ended.outcome
        if row.pk not in stored:
            outcome = lost_outcome(row)
        outcomes.append(outcome)
        log_end(row, status=outcome.status, duration=outcome.duration, error=outcome.error)
        if turn.ended.log is not None:
            store_log(turn.ended.log)
    return outcomes


def lost_outcome(execution: JobExecution) -> Outcome:
    """The outcome of an execution without our token: cancelled, or taken by another worker."""
    cancelled = JobExecution.objects.filter(pk=execution.pk, skip_reason=SkipReason.CANCELLED)
    words = cancelled.values_list("words", flat=True).first()
    if words is not None:
        return outcome_of(execution, status=Status.SKIPPED, words=words)
    return outcome_of(execution, status=Status.FAILED, words=LOST, error=LOST)


@repeated_on_deadlock
def _stored(turns: Sequence[Turn]) -> set[int]:
    """The keys of the executions whose outcome was stored."""
    with transaction.atomic():
        session_limits.limit_session()
        found = statements.complete_together(
            columns=[turn.ended.columns for turn in turns if turn.ended is not None],
            token=turns[0].execution.token,
        )
        heard = [turn for turn in turns if found.get(turn.execution.pk)]
        if heard or any(turn.execution.is_answered for turn in turns):
            with connection.cursor() as cursor:
                # An outcome that was published, or that the user or program that requested it
                # gets, must still be there after a crash of the server.
                cursor.execute("SET LOCAL synchronous_commit TO DEFAULT")
        for turn in heard:
            _publish(turn)
    return set(found)


def _publish(turn: Turn) -> None:
    assert turn.ended is not None, "it has ended"
    completed = events.completed(
        turn.execution,
        started=turn.ended.started,
        summary=turn.ended.summary,
        problems=0,
        now=turn.ended.at,
    )
    publish(completed, now=turn.ended.at, cause=turn.execution)
