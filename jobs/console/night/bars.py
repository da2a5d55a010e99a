"""Executions of a night, and their number over time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from django.db.models import Q, QuerySet

from hotels.models import Hotel
from jobs.base import Job
from jobs.models import JobExecution, Status

EVENING, NOON = time(18), time(12)


@dataclass(frozen=True, kw_only=True)
class Night:
    """Half-open period [begin, end): a UTC day, or a hotel's night before `day`."""

    day: date
    begin: datetime
    end: datetime

    @classmethod
    def in_utc(cls, day: date) -> Self:
        """Return the whole UTC day, for hotels in different time zones."""
        begin = datetime.combine(day, time.min, tzinfo=UTC)
        return cls(day=day, begin=begin, end=begin + timedelta(days=1))

    @classmethod
    def of_hotel(cls, hotel: Hotel, *, day: date) -> Self:
        """Return 18:00 of the previous day to 12:00, in hotel time."""
        evening = datetime.combine(day - timedelta(days=1), EVENING, tzinfo=hotel.zone)
        noon = datetime.combine(day, NOON, tzinfo=hotel.zone)
        return cls(day=day, begin=evening.astimezone(UTC), end=noon.astimezone(UTC))


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One execution; `ended` is the current time while it is running."""

    execution_id: int
    hotel_id: int
    job_name: str
    status: str
    problems: int
    started: datetime
    ended: datetime

    @property
    def duration(self) -> timedelta:
        """Time from start to end, or until now."""
        return self.ended - self.started


def bars_of(
    *, night: Night, hotels: Sequence[Hotel], jobs: Sequence[Job], now: datetime
) -> list[Bar]:
    """Return the executions that ran during the night, by start time. Takes one query."""
    rows = _rows(night, hotels, jobs)
    columns = rows.values_list(
        *("pk", "hotel_id", "job_name", "status", "problems", "started_at", "completed_at")
    )
    found = [
        Bar(
            execution_id=pk,
            hotel_id=hotel_id,
            job_name=name,
            status=status,
            problems=problems,
            started=started,
            # Clocks of machines differ: it may have started after our now.
            ended=max(ended or now, started),
        )
        for pk, hotel_id, name, status, problems, started, ended in columns.iterator()
        if started is not None
    ]
    return sorted(found, key=lambda bar: (bar.started, bar.execution_id))


def _rows(
    night: Night, hotels: Sequence[Hotel], jobs: Sequence[Job]
) -> QuerySet[JobExecution, JobExecution]:
    # An execution ends before its lease; bounds on the end let the database use the index.
    longest = max((job.timeout for job in jobs), default=timedelta()) * 2
    ended = Q(completed_at__gte=night.begin, completed_at__lt=night.end + longest)
    return JobExecution.objects.filter(
        ended | Q(status=Status.RUNNING),
        hotel__in=[hotel.pk for hotel in hotels],
        job_name__in=[job.name for job in jobs],
        started_at__lt=night.end,
    ).order_by()


def concurrency(bars: Iterable[Bar]) -> list[tuple[datetime, int]]:
    """Return the number of running executions from each time on at which it changes, by time."""
    changes: dict[datetime, int] = {}
    for bar in bars:
        changes[bar.started] = changes.get(bar.started, 0) + 1
        changes[bar.ended] = changes.get(bar.ended, 0) - 1
    steps, running = [], 0
    for at in sorted(changes):
        if changes[at]:
            running += changes[at]
            steps.append((at, running))
    return steps
