"""The figures of a scrape, each set in one query.

However many executions are stored, a scrape reads those of today and those that have not ended.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Min,
    Q,
    Sum,
)
from django.db.models.functions import Coalesce

from hotels import worker_locks
from hotels.models import Message
from jobs import registry
from jobs.models import JobExecution, SkipReason, Status, Tick, WorkerProcess
from jobs.scheduling import GRACE

# Upper ends of the histogram, in seconds.
BUCKETS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0)
OTHER_JOB = "other"  # a job that no longer exists, so that the values of the label are bounded
WITH_PROBLEMS = "completed_with_problems"
ENDS = ("completed", WITH_PROBLEMS, "failed", "skipped")
# An execution that waited longer before it ended is not counted.
LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """Executions of a job that ended today with a status.

    `buckets` are the numbers of those that lasted no longer than each of `BUCKETS`, and of all that
    were started. `seconds` is the sum of the durations.
    """

    job: str
    status: str
    count: int = 0
    missed: int = 0
    buckets: tuple[int, ...] = (0,) * (len(BUCKETS) + 1)
    seconds: float = 0.0


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
    """Read the figures in eight queries at most; days begin at 00:00 UTC. Raises DatabaseError."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    tick = Tick.latest()
    failed = Message.objects.filter(status=Message.Status.FAILED, ended_at__gte=today)
    return Readings(
        ended=_ended(since=today),
        unfinished=_unfinished(now=now),
        outbox=_outbox(now=now),
        failed_messages=failed.count(),
        tick_age=(now - tick.ticked_at).total_seconds() if tick else None,
        # A pooler that changes sessions allows no worker locks; workers of the queue report.
        workers=max(worker_locks.count_workers(), len(WorkerProcess.objects.alive())),
    )


def _ended(*, since: datetime) -> tuple[Ended, ...]:
    """Executions that ended since `since`, and were stored at most `LONGEST_WAIT` before.

    Read by job and time of storing: no index lists the executions of all hotels by their end.
    """
    jobs = sorted(_known_jobs())
    lasted = ExpressionWrapper(F("completed_at") - F("started_at"), output_field=DurationField())
    # A boolean: of a CASE PostgreSQL would expect many values, and sort the rows to group them.
    troubled = ExpressionWrapper(Q(problems__gt=0), output_field=BooleanField())
    buckets = {
        f"bucket_{place}": Count("pk", filter=Q(lasted__lte=timedelta(seconds=end)))
        for place, end in enumerate(BUCKETS)
    }
    rows: Iterable[Mapping[str, Any]] = (
        JobExecution.objects.filter(
            job_name__in=jobs, created_at__gte=since - LONGEST_WAIT, completed_at__gte=since
        )
        .annotate(lasted=lasted, troubled=troubled)
        .order_by()
        .values("job_name", "status", "troubled")
        .annotate(
            count=Count("pk"),
            missed=Count("pk", filter=Q(skip_reason=SkipReason.MISSED)),
            started=Count("lasted"),
            time=Sum("lasted"),
            **buckets,
        )
    )
    found: dict[tuple[str, str], Ended] = {}
    for row in rows:
        problems = row["status"] == Status.COMPLETED and row["troubled"]
        label = WITH_PROBLEMS if problems else row["status"].lower()
        found[row["job_name"], label] = Ended(
            job=row["job_name"],
            status=label,
            count=row["count"],
            missed=row["missed"],
            buckets=(*(row[name] for name in buckets), row["started"]),
            seconds=max((row["time"] or timedelta(0)).total_seconds(), 0.0),
        )
    # Also what never happened: a counter that begins above zero counts no increase.
    return tuple(
        found.get((job, label)) or Ended(job=job, status=label) for job in jobs for label in ENDS
    )


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
