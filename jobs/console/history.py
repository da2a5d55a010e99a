"""How the jobs went over the last thirty days: success, and how long they took, day by day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import TruncDate

from hotels.models import Hotel
from jobs.models import JobExecution, Status
from jobs.selectors import success_rate

DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Month:
    """The figures of a job; `durations` has the mean of each day in seconds, None without one."""

    finished: int = 0
    completed: int = 0
    durations: tuple[float | None, ...] = ()

    @property
    def success_rate(self) -> float | None:
        """Percent of the finished ones that completed; None where none finished."""
        if not self.finished:
            return None
        return success_rate(completed=self.completed, finished=self.finished)


def months(*, hotels: Sequence[Hotel], now: datetime) -> Mapping[str, Month]:
    """By job name, the figures of the hotels' executions made since thirty days."""
    days = [(now.astimezone(UTC) - timedelta(days=DAYS - 1 - n)).date() for n in range(DAYS)]
    took = ExpressionWrapper(F("completed_at") - F("started_at"), output_field=DurationField())
    rows = (
        JobExecution.objects.finished()
        .filter(hotel__in=hotels, created_at__gte=now - timedelta(days=DAYS))
        .order_by()
        .values("job_name", day=TruncDate("created_at", tzinfo=UTC))
        .annotate(
            finished=Count("pk"),
            completed=Count("pk", filter=Q(status=Status.COMPLETED)),
            took=Avg(took),
        )
    )
    by_job: dict[str, dict[date, Any]] = {}
    for row in rows:
        by_job.setdefault(row["job_name"], {})[row["day"]] = row
    return {name: _month(of_job, days) for name, of_job in by_job.items()}


def _month(rows: Mapping[date, Any], days: Sequence[date]) -> Month:
    took = [rows[day]["took"] if day in rows else None for day in days]
    return Month(
        finished=sum(row["finished"] for row in rows.values()),
        completed=sum(row["completed"] for row in rows.values()),
        durations=tuple(None if each is None else each.total_seconds() for each in took),
    )
