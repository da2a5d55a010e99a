"""Reading what was done: statistics and lists over executions."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, Max, Q

from jobs.models import JobExecution, Status


@dataclass(frozen=True, kw_only=True)
class JobFigures:
    """How a job went over a period; `last_run` is the newest end of all time."""

    finished: int
    completed: int
    last_run: datetime | None

    @property
    def success_rate(self) -> float | None:
        """Percent of the finished ones that completed, one decimal; None when none finished."""
        if not self.finished:
            return None
        rate = Decimal(100) * self.completed / self.finished
        return float(rate.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def figures_by_job(*, since: datetime) -> dict[str, JobFigures]:
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
        row["job_name"]: JobFigures(
            finished=row["finished"], completed=row["completed"], last_run=row["last_run"]
        )
        for row in rows
    }
