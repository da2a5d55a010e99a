"""Reading what was done: statistics and lists over executions."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import (
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    Sum,
)

from jobs.models import JobExecution, JobExecutionQuerySet, Status


@dataclass(frozen=True, kw_only=True)
class JobTotals:
    """How a job went over a period; `last_run` is the newest end of all time."""

    finished: int
    completed: int
    last_run: datetime | None

    @property
    def success_rate(self) -> float | None:
        """Percent of the finished ones that completed, one decimal; None when none finished."""
        if not self.finished:
            return None
        return success_rate(completed=self.completed, finished=self.finished)


def success_rate(*, completed: int, finished: int) -> float:
    """Percent with one decimal; `finished` is not 0."""
    rate = Decimal(100) * completed / finished
    return float(rate.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def totals_by_job(*, since: datetime) -> dict[str, JobTotals]:
    """The figures of every job that ever ran, over the executions made since an instant."""
    recent = Q(created_at__gte=since)
    rows = (
        JobExecution.objects.finished()
        .order_by()
        .values("job_name")
        .annotate(
            finished=Count("pk", filter=recent),
            completed=Count("pk", filter=recent & Q(status=Status.COMPLETED)),
            last_run=Max("completed_at"),
        )
    )
    return {
        row["job_name"]: JobTotals(
            finished=row["finished"], completed=row["completed"], last_run=row["last_run"]
        )
        for row in rows
    }


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """How executions went: `finished` are those worked to an end, completed or failed."""

    total: int
    completed: int
    failed: int
    average_duration: timedelta | None
    job_name: str = ""

    @property
    def success_rate(self) -> float:
        """Percent of the finished ones that completed, one decimal; 0 where none finished."""
        finished = self.completed + self.failed
        return success_rate(completed=self.completed, finished=finished) if finished else 0.0


def statistics(*, rows: JobExecutionQuerySet) -> tuple[Statistics, list[Statistics]]:
    """The figures of all the rows together, and those of each job by name."""
    ended = Q(status__in=[Status.COMPLETED, Status.FAILED], started_at__isnull=False)
    took = ExpressionWrapper(F("completed_at") - F("started_at"), output_field=DurationField())
    found = (
        rows.order_by()
        .values("job_name")
        .annotate(
            total=Count("pk"),
            completed=Count("pk", filter=Q(status=Status.COMPLETED)),
            failed=Count("pk", filter=Q(status=Status.FAILED)),
            timed=Count("pk", filter=ended),
            took=Sum(took, filter=ended),
        )
        .order_by("job_name")
    )
    by_job = list(found)
    whole = {
        "job_name": "",
        "took": sum((row["took"] or timedelta() for row in by_job), timedelta()),
    }
    for figure in ("total", "completed", "failed", "timed"):
        whole[figure] = sum(row[figure] for row in by_job)
    return _statistics(whole), [_statistics(row) for row in by_job]


def _statistics(row: Mapping[str, Any]) -> Statistics:
    return Statistics(
        job_name=row["job_name"],
        total=row["total"],
        completed=row["completed"],
        failed=row["failed"],
        average_duration=row["took"] / row["timed"] if row["timed"] else None,
    )


@dataclass(frozen=True, kw_only=True)
class StatusCounts:
    """How many executions stand where."""

    pending: int = 0
    running: int = 0
    completed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.pending + self.running + self.completed + self.failed + self.skipped

    @property
    def done(self) -> bool:
        """Whether none waits or runs."""
        return not (self.pending or self.running)


def count_by_status(*, rows: JobExecutionQuerySet) -> StatusCounts:
    """Where the rows stand."""
    counted = rows.order_by().values_list("status").annotate(Count("pk"))
    return StatusCounts(**{status.lower(): count for status, count in counted})


def newest_attempts(*, job_name: str, slot: datetime, hotel_ids: Collection[int]) -> Any:
    """Of each hotel the newest attempt at a slot: what became of it so far."""
    rows = JobExecution.objects.filter(job_name=job_name, scheduled_for=slot)
    later = rows.filter(hotel=OuterRef("hotel"), attempt__gt=OuterRef("attempt"))
    return rows.filter(~Exists(later), hotel__in=hotel_ids)


def counts_of_results(*, rows: JobExecutionQuerySet) -> dict[str, int]:
    """The counts of all results added up. Money is text there: currencies are never summed."""
    added: Counter[str] = Counter()
    for result in rows.exclude(result__isnull=True).values_list("result", flat=True):
        for name, value in (result or {}).items():
            if name != "hotelId" and isinstance(value, int) and not isinstance(value, bool):
                added[name] += value
    return dict(added)


def run_of_slot(*, job_name: str, slot: datetime) -> int | None:
    """The firing that opened a slot first; None before anybody did."""
    rows = JobExecution.objects.filter(job_name=job_name, scheduled_for=slot, attempt=1)
    first: int | None = rows.aggregate(first=Min("run"))["first"]
    return first
