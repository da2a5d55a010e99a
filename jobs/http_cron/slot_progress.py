"""Progress of a slot over all its hotels, read with a fixed number of queries."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from hotels.calendar import iso
from jobs.base import Job
from jobs.models import FailureKind, JobExecution, Status

FAILURES_SHOWN = 100
FINAL_STATUSES = (Status.COMPLETED, Status.FAILED, Status.SKIPPED)


@dataclass(frozen=True, kw_only=True)
class SlotProgress:
    """Progress of a slot. The latest attempt of each hotel counts; a pending retry is not final.

    `with_problems` counts the hotels whose latest finished attempt completed with problems.
    """

    total: int
    by_status: Counter[str]
    run_id: int | None
    failed: int
    with_problems: int
    failures: tuple[dict[str, Any], ...]

    @property
    def done(self) -> int:
        """Number of hotels whose latest attempt has ended."""
        return sum(self.by_status[status] for status in FINAL_STATUSES)

    @property
    def is_done(self) -> bool:
        """True when every hotel has ended."""
        return self.done == self.total

    @property
    def totals(self) -> dict[str, int]:
        """Number of hotels by status. Hotels without an execution count as pending."""
        counts = {
            status.lower(): self.by_status[status] for status in (*FINAL_STATUSES, Status.RUNNING)
        }
        return counts | {"pending": self.total - sum(counts.values())}


class _Attempt(NamedTuple):
    pk: int
    hotel_id: int
    run_id: int
    status: str
    problems: int
    not_before: datetime | None


def slot_progress(*, job: Job, slot: datetime, hotel_ids: Collection[int]) -> SlotProgress:
    """Return the progress of a job's slot for the given hotels.

    The latest attempts are selected in Python: with out-of-date table statistics PostgreSQL takes
    seconds to do so for ten thousand new rows.
    """
    rows = (
        JobExecution.objects.filter(job_name=job.name, scheduled_for=slot)
        .order_by("attempt")
        .values_list("pk", "hotel_id", "run_id", "status", "problems", "not_before")
    )
    hotels = set(hotel_ids)
    attempts = [attempt for row in rows if (attempt := _Attempt(*row)).hotel_id in hotels]
    newest = {attempt.hotel_id: attempt for attempt in attempts}
    ended = {attempt.hotel_id: attempt for attempt in attempts if attempt.status in FINAL_STATUSES}
    # The latest failure of each hotel, unless a later attempt has ended.
    failed = {row.pk: newest[row.hotel_id] for row in ended.values() if row.status == Status.FAILED}
    return SlotProgress(
        total=len(hotels),
        by_status=Counter(attempt.status for attempt in newest.values()),
        run_id=min((attempt.run_id for attempt in attempts), default=None),
        failed=len(failed),
        with_problems=sum(
            row.status == Status.COMPLETED and row.problems > 0 for row in ended.values()
        ),
        failures=_failures(failed),
    )


def _failures(failed: dict[int, _Attempt]) -> tuple[dict[str, Any], ...]:
    """Return the failures, sorted by hotel.

    `failed` maps the primary key of a failed attempt to the latest attempt of its hotel.
    """
    if not failed:
        return ()
    rows = JobExecution.objects.filter(pk__in=failed).select_related("hotel")
    return tuple(
        {
            "hotel": row.hotel.code,
            "hotelId": row.hotel_id,
            "executionId": row.pk,
            "attempt": row.attempt,
            "reason": _reason(row),
            "retryAt": iso(failed[row.pk].not_before if failed[row.pk].pk != row.pk else None),
        }
        for row in rows.order_by("hotel__code")[:FAILURES_SHOWN]
    )


def _reason(row: JobExecution) -> str:
    """Return the message of a foreseen failure; of a crash the kind only, as it may contain SQL."""
    if row.failure_kind == FailureKind.FAILED:
        return row.error
    return str(FailureKind(row.failure_kind).label)
