"""How far a slot is, over all its hotels, in a few statements however many they are."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, QuerySet, Subquery

from hotels.models import Hotel
from hotels.models.scoping import HotelScopedQuerySet
from jobs.base import Job
from jobs.models import FailureKind, JobExecution, Status
from jobs.reports import iso

FAILURES_TOLD = 100
ENDS = (Status.COMPLETED, Status.FAILED, Status.SKIPPED)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Of each hotel the newest attempt counts; a retry that waits is not an end."""

    total: int
    by_status: Counter[str]
    run_id: int | None
    failures: tuple[dict[str, Any], ...]
    failed: int

    @property
    def done(self) -> int:
        """How many hotels are at an end."""
        return sum(self.by_status[status] for status in ENDS)

    @property
    def is_done(self) -> bool:
        """Whether no hotel is left."""
        return self.done == self.total

    @property
    def totals(self) -> dict[str, int]:
        """Hotels by status; what has no execution yet is waiting, too."""
        told = {status.lower(): self.by_status[status] for status in (*ENDS, Status.RUNNING)}
        return told | {"pending": self.total - sum(told.values())}


def progress_of(*, job: Job, slot: datetime, hotels: HotelScopedQuerySet[Hotel]) -> Progress:
    """Where the slot of a job stands for some hotels."""
    of_slot = JobExecution.objects.filter(
        job_name=job.name, scheduled_for=slot, hotel__in=hotels
    ).order_by()
    by_status = of_slot.filter(~Exists(_later())).values_list("status").annotate(Count("pk"))
    # Of each hotel the failure that no later attempt has made good, or made worse, so far.
    failed = of_slot.filter(~Exists(_later().filter(status__in=ENDS)), status=Status.FAILED)
    return Progress(
        total=hotels.count(),
        by_status=Counter(dict(by_status)),
        run_id=of_slot.aggregate(first=Min("run_id"))["first"],
        failures=_told(failed),
        failed=failed.count(),
    )


def _later() -> QuerySet[JobExecution]:
    return JobExecution.objects.filter(
        job_name=OuterRef("job_name"),
        hotel=OuterRef("hotel"),
        scheduled_for=OuterRef("scheduled_for"),
        attempt__gt=OuterRef("attempt"),
    )


def _told(failed: QuerySet[JobExecution]) -> tuple[dict[str, Any], ...]:
    again = _later().filter(status=Status.PENDING).order_by("attempt").values("not_before")[:1]
    rows = failed.select_related("hotel").annotate(retry_at=Subquery(again)).order_by("hotel__code")
    return tuple(
        {
            "hotel": row.hotel.code,
            "hotelId": row.hotel_id,
            "executionId": row.pk,
            "attempt": row.attempt,
            "reason": _reason(row),
            "retryAt": iso(row.retry_at),
        }
        for row in rows[:FAILURES_TOLD]
    )


def _reason(row: JobExecution) -> str:
    """A foreseen reason in its own words; of a crash only that it was one, for it may show SQL."""
    if row.failure_kind == FailureKind.FAILED:
        return row.error
    return FailureKind(row.failure_kind).label
