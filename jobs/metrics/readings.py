"""The figures of a scrape, each set in one query.

However many executions are stored, a scrape reads those that ended today, by the index of each
hotel's ends, and those that have not ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    Min,
    Q,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from hotels import worker_locks
from hotels.models import Hotel, Message
from jobs import registry
from jobs.models import JobExecution, SkipReason, Status, Tick
from jobs.scheduling import GRACE

# Upper ends of the histogram, in seconds.
BUCKETS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0)
OTHER_JOB = "other"  # a job that no longer exists, so that the values of the label are bounded
WITH_PROBLEMS = "completed_with_problems"
ENDS = ("completed", WITH_PROBLEMS, "failed", "skipped")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """Executions of a job that ended today with a status.

    `buckets` are their numbers by the index of the first bucket that their duration fits, the last
    for longer ones; those never started are in none. `seconds` is the sum of the durations.
    """

    job: str
    status: str
    count: int
    missed: int
    buckets: Mapping[int, int]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Unfinished:
    """Executions of a job that have not ended; ages in seconds.

    `ready` could be started now. `late` were due more than five minutes ago. `lease_expired` run
    on although their lease is over.
    """

    job: str
    waiting: int
    ready: int
    oldest_ready: float
    running: int
    late: int
    lease_expired: int


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """Messages of a channel that have not ended; `oldest_due` is an age in seconds."""

    channel: str
    waiting: int
    due: int
    oldest_due: float
    sending: int


@dataclass(frozen=True, kw_only=True)
class Readings:
    """All figures of a scrape; `tick_age` is None if no tick ever ran."""

    ended: tuple[Ended, ...]
    unfinished: tuple[Unfinished, ...]
    outbox: tuple[Outbox, ...]
    failed_messages: int
    tick_age: float | None
    workers: int


def read(*, now: datetime) -> Readings:
    """Read the figures in six queries; "today" begins at 00:00 UTC. Raises DatabaseError."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    tick = Tick.latest()
    failed = Message.objects.filter(status=Message.Status.FAILED, ended_at__gte=today)
    return Readings(
        ended=_ended(since=today),
        unfinished=_unfinished(now=now),
        outbox=_outbox(now=now),
        failed_messages=failed.count(),
        tick_age=(now - tick.ticked_at).total_seconds() if tick else None,
        workers=worker_locks.count_workers(),
    )


def _ended(*, since: datetime) -> tuple[Ended, ...]:
    duration = ExpressionWrapper(F("completed_at") - F("started_at"), output_field=DurationField())
    bucket = Case(
        When(started_at=None, then=Value(-1)),
        *(
            When(lasted__lte=timedelta(seconds=end), then=Value(place))
            for place, end in enumerate(BUCKETS)
        ),
        default=Value(len(BUCKETS)),
        output_field=IntegerField(),
    )
    rows = (
        # By hotel: no other index lists executions by their end.
        JobExecution.objects.filter(hotel__in=Hotel.objects.values("pk"), completed_at__gte=since)
        .annotate(lasted=duration)
        .annotate(bucket=bucket, troubled=Case(When(problems__gt=0, then=1), default=0))
        .order_by()
        .values_list("job_name", "status", "troubled", "bucket")
        .annotate(
            count=Count("pk"),
            missed=Count("pk", filter=Q(skip_reason=SkipReason.MISSED)),
            time=Sum("lasted"),
        )
    )
    known = _known_jobs()
    # Also those that never happened: a counter that begins above zero counts no increase.
    sums = {(job, status): _nothing() for job in known for status in ENDS}
    for job, status, troubled, place, count, missed, time in rows:
        name = job if job in known else OTHER_JOB
        label = WITH_PROBLEMS if status == Status.COMPLETED and troubled else status.lower()
        of = sums.setdefault((name, label), _nothing())
        of["count"] += count
        of["missed"] += missed
        if place >= 0:
            of["buckets"][place] = of["buckets"].get(place, 0) + count
            of["seconds"] += max(time.total_seconds(), 0.0)
    return tuple(Ended(job=job, status=status, **of) for (job, status), of in sorted(sums.items()))


def _nothing() -> dict[str, Any]:
    return {"count": 0, "missed": 0, "buckets": {}, "seconds": 0.0}


def _unfinished(*, now: datetime) -> tuple[Unfinished, ...]:
    pending = Q(status=Status.PENDING)
    ready = pending & (Q(not_before=None) | Q(not_before__lte=now))
    rows = (
        JobExecution.objects.unfinished()
        .order_by()
        .values_list("job_name")
        .annotate(
            waiting=Count("pk", filter=pending),
            ready=Count("pk", filter=ready),
            oldest=Min(Coalesce("not_before", "updated_at"), filter=ready),
            running=Count("pk", filter=Q(status=Status.RUNNING)),
            late=Count("pk", filter=Q(scheduled_for__lt=now - GRACE)),
            expired=Count("pk", filter=Q(status=Status.RUNNING, lease_expires_at__lt=now)),
        )
    )
    known = _known_jobs()
    found: dict[str, list[Unfinished]] = {name: [] for name in (*sorted(known), OTHER_JOB)}
    for job, waiting, ready_, oldest, running, late, expired in rows:
        name = job if job in known else OTHER_JOB
        found[name].append(
            Unfinished(
                job=name,
                waiting=waiting,
                ready=ready_,
                oldest_ready=_age(oldest, now=now),
                running=running,
                late=late,
                lease_expired=expired,
            )
        )
    return tuple(_together(name, parts) for name, parts in found.items())


def _together(name: str, parts: list[Unfinished]) -> Unfinished:
    """The figures of a job, all zero without an execution: a series must not end with the last."""
    return Unfinished(
        job=name,
        waiting=sum(each.waiting for each in parts),
        ready=sum(each.ready for each in parts),
        oldest_ready=max((each.oldest_ready for each in parts), default=0.0),
        running=sum(each.running for each in parts),
        late=sum(each.late for each in parts),
        lease_expired=sum(each.lease_expired for each in parts),
    )


def _outbox(*, now: datetime) -> tuple[Outbox, ...]:
    waiting = Q(status=Message.Status.WAITING)
    due = waiting & Q(next_attempt_at__lte=now)
    rows = (
        Message.objects.filter(status__in=[Message.Status.WAITING, Message.Status.SENDING])
        .order_by()
        .values_list("channel")
        .annotate(
            waiting=Count("pk", filter=waiting),
            due=Count("pk", filter=due),
            oldest=Min("next_attempt_at", filter=due),
            sending=Count("pk", filter=Q(status=Message.Status.SENDING)),
        )
    )
    found = {row[0]: row for row in rows}
    nothing = (0, 0, None, 0)
    return tuple(
        Outbox(
            channel=channel,
            waiting=of[0],
            due=of[1],
            oldest_due=_age(of[2], now=now),
            sending=of[3],
        )
        for channel in Message.Channel.values
        for of in (found[channel][1:] if channel in found else nothing,)
    )


def _age(at: datetime | None, *, now: datetime) -> float:
    return max((now - at).total_seconds(), 0.0) if at else 0.0


def _known_jobs() -> frozenset[str]:
    return frozenset(job.name for job in registry.all_jobs())
