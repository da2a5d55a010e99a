"""Work one claimed execution and record how it ended, or preview a job."""

import traceback
from collections.abc import Callable
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.utils import timezone

from hotels.database_errors import is_read_only
from hotels.deadlocks import repeated_on_deadlock
from hotels.i18n import in_english
from hotels.models import Hotel
from hotels.notifications.outbox import publish, queue_mails
from hotels.tracing import span
from jobs.base import Job, JobContext, JobFailed, JobResult
from jobs.execution_log import collected
from jobs.models import FailureKind, JobExecution, SkipReason, Status
from jobs.runner import events
from jobs.runner.cancelling import cancelled_words
from jobs.runner.crashes import crash_sentence, log_crash
from jobs.runner.deadline import Cancelled, Deadline, DeadlineExceeded, is_timeout
from jobs.runner.effective_time import EffectiveTimeRefused, check_effective_time
from jobs.runner.ending_together import Ended, ended_without_effects, lost_outcome
from jobs.runner.holding import Turn
from jobs.runner.log_lines import describe, log_end, store_log
from jobs.runner.outcome import Outcome, Report, everything_failed, outcome_of
from jobs.runner.session_limits import before_first_statement, limit_session
from jobs.runner.transitions import LeaseLost, complete, end, end_failed


@in_english()
def perform(*, execution: JobExecution, job: Job, turn: Turn | None = None) -> Outcome:
    """Run the service for a claimed execution and record how it ended.

    An exception of the service is recorded and becomes a FAILED outcome. What is logged meanwhile
    is kept with the execution. A held execution that ends without effects is not recorded: its
    `turn` has `ended` then, for `end_together`. Raises only what ends the process (Ctrl-C) and the
    error of a database that cannot even record the failure.
    """
    with collected(execution_id=execution.pk) as log, span(f"job {job.name}") as made:
        outcome = _performed(execution, job=job, turn=turn)
        describe(made, execution, outcome)
    if turn is not None and turn.ended is not None:
        turn.ended.outcome, turn.ended.log = outcome, log
        return outcome
    log_end(
        execution,
        status=outcome.status,
        problems=outcome.problems,
        duration=outcome.duration,
        error=outcome.error,
    )
    store_log(log)
    return outcome


def _performed(execution: JobExecution, *, job: Job, turn: Turn | None) -> Outcome:
    attempt = _Attempt(execution=execution, started=timezone.now(), turn=turn)
    try:
        return attempt.work(job)
    except LeaseLost as lost:
        if turn is not None:
            return lost_outcome(execution)
        return outcome_of(execution, status=Status.FAILED, words=str(lost), error=str(lost))
    except Cancelled as cancelled:
        return attempt.cancelled(by=cancelled.by)
    except JobFailed as failure:
        return attempt.failed(kind=FailureKind.FAILED, error=str(failure), retry=failure.retry)
    except DeadlineExceeded as late:
        return attempt.failed(kind=FailureKind.TIMED_OUT, error=str(late))
    except Exception as crash:  # noqa: BLE001  any crash is the failure of one hotel
        log_crash(crash, job=job, hotel=execution.hotel, execution=execution)
        timed_out = isinstance(crash, DatabaseError) and is_timeout(crash)
        return attempt.failed(
            kind=FailureKind.TIMED_OUT if timed_out else FailureKind.ERRORED,
            error=crash_sentence(crash),
            traceback=traceback.format_exc(),
        )
    except BaseException:
        error = "The process was stopped before the work was finished."
        attempt.failed(kind=FailureKind.INTERRUPTED, error=error)
        raise


@in_english()
def preview(*, job: Job, hotel: Hotel, now: datetime) -> Outcome:
    """Run the same service in a transaction that is rolled back; writes nothing.

    Raises DatabaseError if the database is read-only, as the service writes before the rollback.
    """
    started = timezone.now()
    try:
        result, context = _rehearse(job=job, hotel=hotel, now=now)
        report = Report.of(result)
    except Exception as error:
        if is_read_only(error):
            raise
        # Any other error is shown: so the job would fail.
        if isinstance(error, JobFailed):
            sentence = str(error)
        else:
            log_crash(error, job=job, hotel=hotel)
            sentence = crash_sentence(error)
        return Outcome(
            hotel=hotel,
            job_name=job.name,
            status=Status.FAILED,
            summary=f"would fail: {sentence}",
            error=sentence,
        )
    failed = result.all_failed
    return Outcome(
        hotel=hotel,
        job_name=job.name,
        status=Status.FAILED if failed else Status.COMPLETED,
        summary=report.summary,
        result=report.payload,
        attention=report.attention,
        effects=context.effects(),
        problems=len(result.problems),
        error=everything_failed(result) if failed else "",
        duration=timezone.now() - started,
    )


@repeated_on_deadlock
def _rehearse(*, job: Job, hotel: Hotel, now: datetime) -> tuple[JobResult, JobContext]:
    """The result of the service and what it would change, rolled back."""
    context = JobContext(hotel=hotel, now=now)
    with transaction.atomic():
        limit_session(idle=job.timeout, statement=job.timeout)
        result = job.service(context)
        transaction.set_rollback(True)
    return result, context


class _Attempt:
    """One execution at work: its result so far, and the ways to record its end."""

    def __init__(
        self, *, execution: JobExecution, started: datetime, turn: Turn | None = None
    ) -> None:
        self._execution = execution
        self._started = started
        self._turn = turn
        self._result: JobResult | None = None

    @repeated_on_deadlock
    def work(self, job: Job) -> Outcome:
        """Run the service and record its result, in one transaction.

        The result of a turn without effects is left to `end_together`.
        """
        execution = self._execution
        self._result = None
        vars(self).pop("_report", None)  # of a try that ended in a deadlock
        _check_effective_time(execution, job=job)
        deadline = Deadline(execution=execution, turn=self._turn)
        ended: Ended | None = None
        context = JobContext(hotel=execution.hotel, now=execution.as_of, _checkpoint=deadline.check)
        own_transaction = not connection.in_atomic_block
        limited = before_first_statement(deadline.limit_session, again=lambda: deadline.is_to_limit)
        with transaction.atomic(), limited:
            result = self._result = job.service(context)
            if result.all_failed:
                raise JobFailed(everything_failed(result))
            effects = context.effects()
            # A job that recalculates locks what it compares, so it never counts as free of effects.
            if self._turn is not None and not job.recalculates:
                ended = ended_without_effects(
                    context, execution=execution, report=self._report, started=self._started
                )
            if ended is None:
                self._complete(
                    context,
                    effects=effects,
                    own_transaction=own_transaction,
                    can_be_repeated=job.recalculates and not (context.mails or context.events),
                )
        if self._turn is not None:
            self._turn.ended = ended
        return self._outcome(Status.COMPLETED, words=self._report.summary, effects=effects)

    def _complete(
        self,
        context: JobContext,
        *,
        effects: dict[str, Any],
        own_transaction: bool,
        can_be_repeated: bool,
    ) -> None:
        """Store the outcome, and the messages and events of the service and the execution."""
        execution, report, now = self._execution, self._report, timezone.now()
        queue_mails(context.mails, now=now, cause=execution)
        may_listen = complete(
            execution=execution,
            started=self._started,
            own_transaction=own_transaction,
            can_be_repeated=can_be_repeated,
            **report.columns(execution),
            **({"effects": effects} if effects else {}),
        )
        if may_listen:
            completed = events.completed(
                execution,
                started=self._started,
                summary=report.summary,
                problems=len(report.result.problems),
                now=now,
            )
            publish([*context.events, *completed], now=now, cause=execution)

    def failed(
        self, *, kind: FailureKind, error: str, retry: bool = True, **columns: Any
    ) -> Outcome:
        """Record a failure; the execution of a slot gets its next attempt."""
        words = error = _storable(error)
        columns = {name: _storable(value) for name, value in columns.items()}
        record = partial(
            end_failed,
            execution=self._execution,
            started=self._started,
            kind=kind,
            error=error,
            # A user who started the job sees the failure now and can retry; a slot has no user.
            retry=retry and self._execution.scheduled_for is not None,
        )
        try:
            following = self._recorded(record, columns)
        except LeaseLost as lost:
            words = error = f"{error} ({lost})"
        else:
            if following is not None:
                at = f"{following.not_before:%H:%M:%S} UTC"
                words = f"{error} (attempt {following.attempt} after {at})"
        return self._outcome(Status.FAILED, words=words, error=error, failure_kind=kind)

    def cancelled(self, *, by: str) -> Outcome:
        """Record that a user cancelled the execution."""
        words = cancelled_words(by)
        try:
            end(
                execution=self._execution,
                started=self._started,
                status=Status.SKIPPED,
                skip_reason=SkipReason.CANCELLED,
                words=words,
            )
        except LeaseLost as lost:
            return self._outcome(Status.FAILED, words=str(lost), error=str(lost))
        return self._outcome(Status.SKIPPED, words=words)

    @cached_property
    def _report(self) -> Report:
        assert self._result is not None, "the service returned"
        return Report.of(self._result)

    def _recorded(
        self, record: Callable[..., JobExecution | None], columns: dict[str, Any]
    ) -> JobExecution | None:
        """Record the failure with the service's result, or without it if that cannot be stored."""
        if self._result is None:
            return record(**columns)
        try:
            return record(**self._report.columns(self._execution) | columns)
        except (LeaseLost, OperationalError, InterfaceError):
            raise
        except Exception:  # noqa: BLE001  a result that cannot be rendered must not hide the failure
            self._result = None
            return record(**columns)

    def _outcome(self, status: Status, *, words: str, **more: Any) -> Outcome:
        report = self._report if self._result is not None else None
        return outcome_of(
            self._execution,
            status=status,
            words=words,
            result=report.payload if report else None,
            attention=report.attention if report else (),
            problems=len(report.result.problems) if report else 0,
            duration=timezone.now() - self._started,
            **more,
        )


def _check_effective_time(execution: JobExecution, *, job: Job) -> None:
    """Refuse a wrong effective time here too, whatever opened the execution. Raises JobFailed."""
    now = timezone.now()
    try:
        check_effective_time(
            jobs=[job],
            hotels=[execution.hotel],
            at=execution.as_of,
            now=now,
            # The clock may have run ahead when the execution was stored.
            requested_at=min(execution.created_at, now),
        )
    except EffectiveTimeRefused as refused:
        raise JobFailed(str(refused)) from None


def _storable(text: Any) -> Any:
    """Text any database stores: without NUL and lone surrogates."""
    if not isinstance(text, str):
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
