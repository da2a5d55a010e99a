"""Doing the work of one claimed execution, for good or as a preview."""

import traceback
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.utils import timezone

from hotels.i18n import in_english
from hotels.models import Hotel
from jobs.base import Job, JobContext, JobFailed, JobResult
from jobs.models import FailureKind, JobExecution, OutboxMessage, SkipReason, Status
from jobs.runner.cancelling import cancelled_words
from jobs.runner.deadline import Cancelled, Deadline, DeadlineExceeded, is_timeout
from jobs.runner.outcome import Outcome, none_handled, outcome_of, report
from jobs.runner.transitions import LeaseLost, end, end_failed


@in_english()
def perform(*, execution: JobExecution, job: Job) -> Outcome:
    """Run the service for a claimed execution and record how it ended.

    Whatever the service raises is recorded and becomes a FAILED outcome. Only what ends the process
    (Ctrl-C) and a database that cannot even record the failure are raised.
    """
    attempt = _Attempt(execution=execution, started=timezone.now())
    try:
        return attempt.work(job)
    except LeaseLost as lost:
        return outcome_of(execution, status=Status.FAILED, words=str(lost), error=str(lost))
    except Cancelled as cancelled:
        return attempt.cancelled(by=cancelled.by)
    except JobFailed as failure:
        return attempt.failed(kind=FailureKind.FAILED, error=str(failure), retry=failure.retry)
    except DeadlineExceeded as late:
        return attempt.failed(kind=FailureKind.TIMED_OUT, error=str(late))
    except Exception as crash:  # noqa: BLE001  a crash of any kind is one hotel's failure
        timed_out = isinstance(crash, DatabaseError) and is_timeout(crash)
        return attempt.failed(
            kind=FailureKind.TIMED_OUT if timed_out else FailureKind.ERRORED,
            error=f"{type(crash).__name__}: {crash}".strip(),
            traceback=traceback.format_exc(),
        )
    except BaseException:
        error = "The process was stopped before the work was finished."
        attempt.failed(kind=FailureKind.INTERRUPTED, error=error)
        raise


@in_english()
def preview(*, job: Job, hotel: Hotel, now: datetime) -> Outcome:
    """Run the same service in a transaction that is rolled back: nothing at all is written."""
    context = JobContext(hotel=hotel, now=now)
    started = timezone.now()
    try:
        with transaction.atomic():
            result = job.service(context)
            transaction.set_rollback(True)
    except Exception as error:  # noqa: BLE001  a preview tells how the job would fail
        kind = "" if isinstance(error, JobFailed) else f"{type(error).__name__}: "
        words = f"would fail: {kind}{error}"
        return Outcome(
            hotel=hotel,
            job_name=job.name,
            status=Status.FAILED,
            words=words,
            error=f"{kind}{error}",
        )
    failed = result.all_failed
    return Outcome(
        hotel=hotel,
        job_name=job.name,
        status=Status.FAILED if failed else Status.COMPLETED,
        words=result.summary(),
        result=result.payload(),
        attention=result.attention(),
        effects=context.effects(),
        error=none_handled(result) if failed else "",
        duration=timezone.now() - started,
    )


class _Attempt:
    """One execution being worked: what it came to so far, and how it is put on record."""

    def __init__(self, *, execution: JobExecution, started: datetime) -> None:
        self._execution = execution
        self._started = started
        self._result: JobResult | None = None

    def work(self, job: Job) -> Outcome:
        """The service's work and its outcome, in one transaction."""
        execution = self._execution
        watch = Deadline(execution=execution)
        watch.renew(job.timeout)
        context = JobContext(hotel=execution.hotel, now=execution.as_of, _checkpoint=watch.look)
        with transaction.atomic():
            watch.limit_statements()
            result = self._result = job.service(context)
            if result.all_failed:
                raise JobFailed(none_handled(result))
            _store_notices(execution=execution, context=context)
            end(
                execution=execution,
                started=self._started,
                status=Status.COMPLETED,
                effects=context.effects(),
                **report(execution, result),
            )
        return self._outcome(
            Status.COMPLETED,
            words=result.summary(),
            effects=context.effects(),
        )

    def failed(
        self, *, kind: FailureKind, error: str, retry: bool = True, **columns: Any
    ) -> Outcome:
        """Record a failure; a slot gets its next attempt."""
        words = error = _storable(error)
        columns = {name: _storable(value) for name, value in columns.items()}
        record = partial(
            end_failed,
            execution=self._execution,
            started=self._started,
            kind=kind,
            error=error,
            # Who asked in person is told now, and asks again; a slot has nobody to ask.
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
        return self._outcome(Status.FAILED, words=words, error=error)

    def _recorded(
        self, record: Callable[..., JobExecution | None], columns: dict[str, Any]
    ) -> JobExecution | None:
        """Record with what the service had found; without it where that is what failed."""
        if self._result is None:
            return record(**columns)
        try:
            return record(**report(self._execution, self._result) | columns)
        except (LeaseLost, OperationalError, InterfaceError):
            raise
        except Exception:  # noqa: BLE001  a result that cannot be told must not hide the failure
            self._result = None
            return record(**columns)

    def cancelled(self, *, by: str) -> Outcome:
        """Record that a person called it off."""
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

    def _outcome(self, status: Status, *, words: str, **more: Any) -> Outcome:
        result = self._result
        return outcome_of(
            self._execution,
            status=status,
            words=words,
            result=result.payload() if result is not None else None,
            attention=result.attention() if result is not None else (),
            duration=timezone.now() - self._started,
            **more,
        )


def _storable(text: Any) -> Any:
    """Text any database stores: without NUL and lone surrogates."""
    if not isinstance(text, str):
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _store_notices(*, execution: JobExecution, context: JobContext) -> None:
    at = timezone.now()
    OutboxMessage.objects.bulk_create(
        (
            OutboxMessage(
                hotel=execution.hotel,
                execution=execution,
                key=notice.key,
                topic=notice.topic,
                audience=notice.audience,
                recipient=notice.recipient,
                subject=notice.subject,
                body=notice.body,
                payload=dict(notice.payload),
                created_at=at,
            )
            for notice in context.notices
        ),
        # The key says that this message was asked for before: once is enough.
        ignore_conflicts=True,
    )
