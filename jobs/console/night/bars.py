"""The executions of a night, and how many ran at each instant."""

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
    """[begin, end): a day in UTC, or from a hotel's evening to noon; `day` is the morning's."""

    day: date
    begin: datetime
    end: datetime

    @classmethod
    def in_utc(cls, day: date) -> Self:
        """Hotels in many zones have no night in common: the day in which their slots are."""
        begin = datetime.combine(day, time.min, tzinfo=UTC)
        return cls(day=day, begin=begin, end=begin + timedelta(days=1))

    @classmethod
    def of_hotel(cls, hotel: Hotel, *, day: date) -> Self:
        """From 18:00 of the day before to 12:00, on the hotel's clock."""
        evening = datetime.combine(day - timedelta(days=1), EVENING, tzinfo=hotel.zone)
        noon = datetime.combine(day, NOON, tzinfo=hotel.zone)
        return cls(day=day, begin=evening.astimezone(UTC), end=noon.astimezone(UTC))


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One execution; `ended` is the present for one that still runs."""

    execution_id: int
    hotel_id: int
    job_name: str
    status: str
    began: datetime
    ended: datetime

    @property
    def took(self) -> timedelta:
        """From start to end, or so far."""
        return self.ended - self.began


def bars_of(
    *, night: Night, hotels: Sequence[Hotel], jobs: Sequence[Job], now: datetime
) -> list[Bar]:
    """The executions that ran at some time of the night, in one query, as they began."""
    rows = _rows(night, hotels, jobs)
    columns = rows.values_list("pk", "hotel_id", "job_name", "status", "started_at", "completed_at")
    found = [
        Bar(
            execution_id=pk,
            hotel_id=hotel_id,
            job_name=name,
            status=status,
            began=began,
            # Clocks of machines differ: one may have begun after our now.
            ended=max(ended or now, began),
        )
        for pk, hotel_id, name, status, began, ended in columns.iterator()
        if began is not None
    ]
    return sorted(found, key=lambda bar: (bar.began, bar.execution_id))


def _rows(
    night: Night, hotels: Sequence[Hotel], jobs: Sequence[Job]
) -> QuerySet[JobExecution, JobExecution]:
    # An execution ends before its lease does: bounds on the end let the index answer.
    longest = max((job.timeout for job in jobs), default=timedelta()) * 2
    ended = Q(completed_at__gte=night.begin, completed_at__lt=night.end + longest)
    return JobExecution.objects.filter(
        ended | Q(status=Status.RUNNING),
        hotel__in=[hotel.pk for hotel in hotels],
        job_name__in=[job.name for job in jobs],
        started_at__lt=night.end,
    ).order_by()


def at_once(bars: Iterable[Bar]) -> list[tuple[datetime, int]]:
    """How many run from an instant on, at each instant where that changes, rising."""
    changes: dict[datetime, int] = {}
    for bar in bars:
        changes[bar.began] = changes.get(bar.began, 0) + 1
        changes[bar.ended] = changes.get(bar.ended, 0) - 1
    steps, running = [], 0
    for at in sorted(changes):
        if changes[at]:
            running += changes[at]
            steps.append((at, running))
    return steps
