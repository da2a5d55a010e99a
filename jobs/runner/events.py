"""Events of executions: completed, failed, late and missed; stored with the outcome they report."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.utils.translation import gettext_lazy as _

from hotels.notifications.outbox import NewEvent, event_type, hotels_that_hear, publish, type_of
from jobs.models import JobExecution, SkipReason
from jobs.runner.new_rows import NewExecution

# A run that began so long after its due time was late.
LATE_AFTER = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Executed:
    """One attempt at a job; `scheduled_for` is its due time, null if a person or program ran it.

    `next_attempt_at` is the time of the retry after a failure, null after the last attempt.
    """

    execution_id: int
    job_name: str
    trigger: str
    scheduled_for: datetime | None
    attempt: int
    started_at: datetime | None
    summary: str
    problems: int = 0
    failure_kind: str = ""
    next_attempt_at: datetime | None = None

    @classmethod
    def of(cls, execution: JobExecution, *, summary: str, **more: object) -> Self:
        """The payload of an execution that ended with this summary."""
        return cls(
            execution_id=execution.pk,
            job_name=execution.job_name,
            trigger=execution.trigger,
            scheduled_for=execution.scheduled_for,
            attempt=execution.attempt,
            summary=summary,
            **{"started_at": execution.started_at} | more,  # type: ignore[arg-type]
        )


@event_type("job.completed", label=_("Job completed"))
class JobCompleted(Executed):
    """A job did all its work in a hotel."""


@event_type("job.completed_with_problems", label=_("Job completed with problems"))
class JobCompletedWithProblems(Executed):
    """A job did a part of its work; the execution names the objects it could not process."""


@event_type("job.failed", label=_("Job failed"))
class JobFailedInHotel(Executed):
    """An attempt failed: nothing of it was saved."""


@event_type("job.late", label=_("Job late"))
class JobLate(Executed):
    """A job began more than an hour after its due time."""


@event_type("job.missed", label=_("Job missed"))
@dataclass(frozen=True, kw_only=True)
class JobMissed:
    """A due time passed and will not be made up for; `reason` says why."""

    execution_id: int
    job_name: str
    scheduled_for: datetime
    reason: str


def completed(
    execution: JobExecution, *, started: datetime, summary: str, problems: int, now: datetime
) -> list[NewEvent]:
    """The events of an execution that is about to be completed."""
    kind = JobCompletedWithProblems if problems else JobCompleted
    data = kind.of(execution, summary=summary, problems=problems, started_at=started)
    return [_event(execution, data, now=now), *_late(execution, data, now=now)]


def publish_failed(
    execution: JobExecution,
    *,
    kind: str,
    error: str,
    following: JobExecution | None,
    now: datetime,
) -> None:
    """Publish the failure of an attempt in the transaction that records it."""
    data = JobFailedInHotel.of(
        execution,
        summary=error,
        failure_kind=kind,
        next_attempt_at=following.not_before if following else None,
    )
    events = [_event(execution, data, now=now), *_late(execution, data, now=now)]
    publish(events, now=now, cause=execution)


def publish_missed(executions: Collection[NewExecution], *, created_at: datetime) -> None:
    """Publish the missed slots among executions that were just stored, all at `created_at`."""
    hotel_ids = {each.hotel_id for each in executions if each.skip_reason == SkipReason.MISSED}
    if not hotel_ids:
        return
    # A long downtime misses many slots: payloads are built only if heard.
    heard = hotels_that_hear(hotel_ids=hotel_ids, payloads=[JobMissed])
    if heard:
        # Read again: a slot that had an execution already was not stored.
        stored = JobExecution.objects.filter(
            hotel_id__in=heard, skip_reason=SkipReason.MISSED, created_at=created_at
        )
        publish([_missed(each, now=created_at) for each in stored], now=created_at)


def lateness(*, due: datetime | None, started_at: datetime | None) -> timedelta:
    """Return how long after its due time a run began; 0 up to `LATE_AFTER` or without both."""
    if due is None or started_at is None or started_at - due <= LATE_AFTER:
        return timedelta(0)
    return started_at - due


def _late(execution: JobExecution, data: Executed, *, now: datetime) -> list[NewEvent]:
    """The event of a late first attempt; retries are late because they are retries."""
    late = lateness(due=execution.scheduled_for, started_at=data.started_at)
    if not late or execution.attempt > 1:
        return []
    payload = JobLate.of(execution, summary=data.summary, started_at=data.started_at)
    return [_event(execution, payload, now=now)]


def _event(execution: JobExecution, data: Executed, *, now: datetime) -> NewEvent:
    return NewEvent(
        hotel_id=execution.hotel_id,
        key=f"{type_of(data).name}:{execution.pk}",
        data=data,
        occurred_at=now,
        about=execution,
    )


def _missed(execution: JobExecution, *, now: datetime) -> NewEvent:
    assert execution.scheduled_for is not None, "only slots are missed"
    return NewEvent(
        hotel_id=execution.hotel_id,
        key=f"job.missed:{execution.job_name}:{execution.scheduled_for.isoformat()}",
        data=JobMissed(
            execution_id=execution.pk,
            job_name=execution.job_name,
            scheduled_for=execution.scheduled_for,
            reason=execution.words,
        ),
        occurred_at=now,
        about=execution,
    )
