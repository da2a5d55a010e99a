"""Totals over executions: by job, by status, by slot."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from typing import Any

from django.db.models import (
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Max,
    Q,
    QuerySet,
    Sum,
)

from jobs import counts
from jobs.counts import Selection
from jobs.models import (
    BlockCount,
    ExecutionCounter,
    JobExecution,
    JobExecutionQuerySet,
    Status,
)

# The statistics of so few hotels are read from their executions.
FEW_HOTELS = 20
_SUMMED = ("total", "completed", "troubled", "failed", "timed")
WITH_PROBLEMS = Q(status=Status.COMPLETED, problems__gt=0)


@dataclass(frozen=True, kw_only=True)
class JobTotals:
    """Totals of a job over a period; `last_run` is the end of its last execution ever.

    `completed_with_problems` are part of `completed`.
    """

    finished: int
    completed: int
    completed_with_problems: int
    last_run: datetime | None

    @property
    def success_rate(self) -> float | None:
        """Executions without problems in percent of the finished ones; None if none finished."""
        if not self.finished:
            return None
        clean = self.completed - self.completed_with_problems
        return success_rate(clean=clean, finished=self.finished)


def success_rate(*, clean: int, finished: int) -> float:
    """Executions completed without problems in percent of the finished ones.

    One decimal, rounded HALF_UP; `finished` must not be 0.
    """
    rate = Decimal(100) * clean / finished
    return float(rate.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def totals_by_job(*, since: datetime) -> dict[str, JobTotals]:
    """The totals by job name over the executions created since an instant.

    Every job that ever ran is included.
    """
    recent = Q(created_at__gte=since)
    rows = (
        JobExecution.objects.finished()
        .order_by()
        .values("job_name")
        .annotate(
            finished=Count("pk", filter=recent),
            completed=Count("pk", filter=recent & Q(status=Status.COMPLETED)),
            troubled=Count("pk", filter=recent & WITH_PROBLEMS),
            last_run=Max("completed_at"),
        )
    )
    return {
        row["job_name"]: JobTotals(
            finished=row["finished"],
            completed=row["completed"],
            completed_with_problems=row["troubled"],
            last_run=row["last_run"],
        )
        for row in rows
    }


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """Totals of executions; the average duration is over those that completed or failed.

    `completed_with_problems` are part of `completed`.
    """

    total: int
    completed: int
    completed_with_problems: int
    failed: int
    average_duration: timedelta | None
    job_name: str = ""

    @property
    def success_rate(self) -> float:
        """Executions without problems in percent of the finished ones; 0 if none finished."""
        finished = self.completed + self.failed
        clean = self.completed - self.completed_with_problems
        return success_rate(clean=clean, finished=finished) if finished else 0.0


def statistics(*, of: Selection) -> tuple[Statistics, list[Statistics]]:
    """The totals of all executions chosen together, and those of each job, sorted by name.

    Over all hotels those of past hours are read from stored counts, over many from what the process
    has read of them before.
    """
    by_job: list[Iterable[Any]]
    if of.hotel_ids is not None and len(of.hotel_ids) > FEW_HOTELS:
        kept = counts.split_by_hotels(
            of, counter=ExecutionCounter.read(), what="statistics", read=_by_span
        )
        by_job = [*kept.stored.values(), _of_executions(kept.live)]
    elif of.hotel_ids is not None:
        by_job = [_of_executions(of.rows())]
    else:
        parts = counts.split(of, counter=ExecutionCounter.read())
        by_job = [_of_stored(parts.stored), _of_executions(parts.live)]
    found: dict[str, Counter[str]] = defaultdict(Counter)
    durations: dict[str, timedelta] = defaultdict(timedelta)
    for row in chain.from_iterable(by_job):
        durations[row["job_name"]] += row["took"] or timedelta()
        found[row["job_name"]].update({name: row[name] for name in _SUMMED})
    of_jobs = [_statistics(found[name], took=durations[name], job=name) for name in sorted(found)]
    whole = sum(found.values(), Counter())
    return _statistics(whole, took=sum(durations.values(), timedelta())), of_jobs


def _by_span(rows: JobExecutionQuerySet) -> Mapping[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in _of_executions(rows.annotate(span=counts.span_of()), "span"):
        found[row["span"]].append(row)
    return found


def _of_executions(rows: JobExecutionQuerySet, *also: str) -> Iterable[Any]:
    ended = Q(status__in=[Status.COMPLETED, Status.FAILED], started_at__isnull=False)
    took = ExpressionWrapper(F("completed_at") - F("started_at"), output_field=DurationField())
    found: Any = (
        rows.order_by()
        .values("job_name", *also)
        .annotate(
            total=Count("pk"),
            completed=Count("pk", filter=Q(status=Status.COMPLETED)),
            troubled=Count("pk", filter=WITH_PROBLEMS),
            failed=Count("pk", filter=Q(status=Status.FAILED)),
            timed=Count("pk", filter=ended),
            took=Sum(took, filter=ended),
        )
    )
    return found  # type: ignore[no-any-return]


def _of_stored(rows: QuerySet[BlockCount]) -> Iterable[Any]:
    completed = Q(status=Status.COMPLETED)
    return (
        rows.order_by()
        .values("job_name")
        .annotate(
            total=Sum("number"),
            completed=Sum("number", filter=completed, default=0),
            troubled=Sum("number", filter=completed & Q(has_problems=True), default=0),
            failed=Sum("number", filter=Q(status=Status.FAILED), default=0),
            timed=Sum("timed"),
            took=Sum("took"),
        )
    )


def _statistics(figures: Mapping[str, int], *, took: timedelta, job: str = "") -> Statistics:
    return Statistics(
        job_name=job,
        total=figures["total"],
        completed=figures["completed"],
        completed_with_problems=figures["troubled"],
        failed=figures["failed"],
        average_duration=took / figures["timed"] if figures["timed"] else None,
    )


@dataclass(frozen=True, kw_only=True)
class StatusCounts:
    """Number of executions in each status; `completed_with_problems` are part of `completed`."""

    pending: int = 0
    running: int = 0
    completed: int = 0
    completed_with_problems: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        """The number of all executions."""
        return self.pending + self.running + self.completed + self.failed + self.skipped

    @property
    def done(self) -> bool:
        """True if no execution is pending or running."""
        return not (self.pending or self.running)


def count_by_status(*, rows: JobExecutionQuerySet) -> StatusCounts:
    """The number of rows in each status."""
    by_status = rows.order_by().values_list("status")
    counted = list(by_status.annotate(Count("pk"), troubled=Count("pk", filter=WITH_PROBLEMS)))
    return StatusCounts(
        completed_with_problems=sum(troubled for _, _, troubled in counted),
        **{status.lower(): count for status, count, _ in counted},
    )
