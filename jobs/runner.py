"""One execution: claim → perform → finish. The only writer of a JobExecution's status.

The claim is committed first. The service's work, the outbox rows and the end of the execution are
one transaction per hotel: a crash leaves all of it or none of it (design, invariant 1).
"""

import traceback
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from hotels.models import Hotel
from jobs.base import Job, JobContext, JobFailed, JobResult
from jobs.models import FailureKind, JobExecution, OutboxMessage, SkipReason, Status

WORDS_KEPT = 400


class LeaseLost(Exception):
    """The execution was taken away while it was worked; its whole transaction rolls back."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one hotel, for people and programs; `status` is a value of `Status`."""

    hotel: Hotel
    status: str
    words: str
    result: dict[str, Any] | None = None
    attention: tuple[str, ...] = ()
    effects: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    duration: timedelta | None = None
    execution_id: int | None = None
    repeated: bool = False  # the slot had ended before this firing: reported, not worked


def claim(*, executions: Sequence[JobExecution], job: Job) -> list[JobExecution]:
    """Take PENDING executions of one job, all in one statement; returns those taken.

    A hotel for which the job runs already is left out: never two at once (invariant 2). Leases that
    have run out are closed first, so a dead worker blocks nobody for longer than `job.timeout`.
    """
    if not executions:
        return []
    close_expired(job_name=job.name)
    ids = [execution.pk for execution in executions]
    token = uuid.uuid4()
    try:
        with transaction.atomic():
            _take(ids=ids, job=job, token=token)
    except IntegrityError:
        # Another process took one of the hotels between our look and our write: go one by one.
        for pk in ids:
            _take_alone(pk=pk, job=job, token=token)
    return list(
        JobExecution.objects.running()
        .filter(pk__in=ids, token=token)
        .select_related("hotel", "run")
    )


def close_expired(*, job_name: str) -> int:
    """Close RUNNING executions past their lease as FAILED, `interrupted`; returns how many."""
    at = timezone.now()
    return (
        JobExecution.objects.running()
        .filter(job_name=job_name, lease_expires_at__lt=at)
        .update(
            status=Status.FAILED,
            failure_kind=FailureKind.INTERRUPTED,
            error="The worker went silent: the lease ran out before the work was finished.",
            words="interrupted: the worker went silent",
            completed_at=at,
            updated_at=at,
        )
    )


def skip(
    *, executions: Sequence[JobExecution], reason: SkipReason, words: str
) -> list[JobExecution]:
    """End PENDING executions as SKIPPED; nothing is silent (invariant 6)."""
    at = timezone.now()
    ids = [execution.pk for execution in executions]
    JobExecution.objects.pending().filter(pk__in=ids).update(
        status=Status.SKIPPED, skip_reason=reason, words=words, completed_at=at, updated_at=at
    )
    return list(JobExecution.objects.filter(pk__in=ids).select_related("hotel"))


def perform(*, execution: JobExecution, job: Job) -> Outcome:
    """Run the service for a claimed execution and record how it ended.

    Whatever the service raises is recorded and becomes a FAILED outcome. Only what ends the process
    (Ctrl-C) and a database that cannot even record the failure are raised.
    """
    context = JobContext(hotel=execution.hotel, now=execution.as_of)
    started = timezone.now()
    result: JobResult | None = None
    try:
        with transaction.atomic():
            result = job.service(context)
            if result.all_failed:
                raise JobFailed(_none_handled(result))
            _store_notices(execution=execution, context=context)
            _end(
                execution=execution,
                started=started,
                status=Status.COMPLETED,
                effects=context.effects(),
                **_report(result),
            )
    except LeaseLost as lost:
        return _outcome(execution, status=Status.FAILED, words=str(lost), error=str(lost))
    except JobFailed as failure:
        return _fail(
            execution=execution,
            started=started,
            kind=FailureKind.FAILED,
            error=str(failure),
            result=result,
        )
    except Exception as crash:  # noqa: BLE001  a crash of any kind is one hotel's failure
        return _fail(
            execution=execution,
            started=started,
            kind=FailureKind.ERRORED,
            error=f"{type(crash).__name__}: {crash}",
            trace=traceback.format_exc(),
        )
    except BaseException:
        _fail(
            execution=execution,
            started=started,
            kind=FailureKind.INTERRUPTED,
            error="The process was stopped before the work was finished.",
        )
        raise
    return _outcome(
        execution,
        status=Status.COMPLETED,
        words=result.words(),
        result=result.payload(),
        attention=result.attention(),
        effects=context.effects(),
        duration=timezone.now() - started,
    )


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
        return Outcome(hotel=hotel, status=Status.FAILED, words=words, error=f"{kind}{error}")
    failed = result.all_failed
    return Outcome(
        hotel=hotel,
        status=Status.FAILED if failed else Status.COMPLETED,
        words=result.words(),
        result=result.payload(),
        attention=result.attention(),
        effects=context.effects(),
        error=_none_handled(result) if failed else "",
        duration=timezone.now() - started,
    )


def _take(*, ids: Sequence[int], job: Job, token: uuid.UUID) -> None:
    at = timezone.now()
    runs_already = JobExecution.objects.running().filter(
        hotel=OuterRef("hotel"), job_name=OuterRef("job_name")
    )
    (
        JobExecution.objects.pending()
        .filter(~Exists(runs_already), pk__in=ids)
        .update(
            status=Status.RUNNING,
            token=token,
            lease_expires_at=at + job.timeout,
            started_at=at,
            updated_at=at,
        )
    )


def _take_alone(*, pk: int, job: Job, token: uuid.UUID) -> None:
    try:
        with transaction.atomic():
            _take(ids=[pk], job=job, token=token)
    except IntegrityError:
        return  # it runs elsewhere; the row stays PENDING and the caller says so


def _end(*, execution: JobExecution, started: datetime, **columns: Any) -> None:
    """RUNNING → end, only with our token; raises LeaseLost when the row is no longer ours."""
    at = timezone.now()
    changed = (
        JobExecution.objects.running()
        .filter(pk=execution.pk, token=execution.token)
        .update(started_at=started, completed_at=at, updated_at=at, **columns)
    )
    if changed != 1:
        raise LeaseLost("The lease was lost to another worker; everything was rolled back.")


def _fail(
    *,
    execution: JobExecution,
    started: datetime,
    kind: FailureKind,
    error: str,
    result: JobResult | None = None,
    trace: str = "",
) -> Outcome:
    report = _report(result) if result is not None else {}
    try:
        _end(
            execution=execution,
            started=started,
            status=Status.FAILED,
            failure_kind=kind,
            error=error,
            traceback=trace,
            **report | {"words": error[:WORDS_KEPT]},
        )
    except LeaseLost as lost:
        error = f"{error} ({lost})"
    return _outcome(
        execution,
        status=Status.FAILED,
        words=error,
        error=error,
        result=report.get("result"),
        attention=result.attention() if result is not None else (),
        duration=timezone.now() - started,
    )


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


def _report(result: JobResult) -> dict[str, Any]:
    words = result.words()
    attention = result.attention()
    return {
        "result": result.payload(),
        "words": words[:WORDS_KEPT],
        "metadata": {"attention": list(attention)} if attention else {},
    }


def _none_handled(result: JobResult) -> str:
    first = result.problems[0]
    count = len(result.problems)
    rest = f" (and {count - 1} more)" if count > 1 else ""
    return f"Nothing could be handled: {first.what}: {first.reason}{rest}"


def _outcome(execution: JobExecution, *, status: str, words: str, **more: Any) -> Outcome:
    return Outcome(
        hotel=execution.hotel, status=status, words=words, execution_id=execution.pk, **more
    )
