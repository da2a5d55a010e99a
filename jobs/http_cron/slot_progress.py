"""How far a slot is, over all its hotels, in a few statements however many they are."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from jobs.base import Job
from jobs.cli.output import iso
from jobs.models import FailureKind, JobExecution, Status

FAILURES_TOLD = 100
ENDS = (Status.COMPLETED, Status.FAILED, Status.SKIPPED)


@dataclass(frozen=True, kw_only=True)
class SlotProgress:
    """Of each hotel the newest attempt counts; a retry that waits is not an end."""

    total: int
    by_status: Counter[str]
    run_id: int | None
    failed: int
    failures: tuple[dict[str, Any], ...]

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


class _Attempt(NamedTuple):
    pk: int
    hotel_id: int
    run_id: int
    status: str
    not_before: datetime | None


def slot_progress(*, job: Job, slot: datetime, hotel_ids: Collection[int]) -> SlotProgress:
    """Where the slot of a job stands for some hotels.

    Attempts are sorted out here and not in SQL: a planner that has not seen the rows which were
    opened a moment ago takes seconds over ten thousand of them.
    """
    rows = (
        JobExecution.objects.filter(job_name=job.name, scheduled_for=slot)
        .order_by("attempt")
        .values_list("pk", "hotel_id", "run_id", "status", "not_before")
    )
    wanted = set(hotel_ids)
    attempts = [attempt for row in rows if (attempt := _Attempt(*row)).hotel_id in wanted]
    newest = {attempt.hotel_id: attempt for attempt in attempts}
    ended = {attempt.hotel_id: attempt for attempt in attempts if attempt.status in ENDS}
    # Of each hotel the failure that no later attempt has made good, or made worse, so far.
    failed = {row.pk: newest[row.hotel_id] for row in ended.values() if row.status == Status.FAILED}
    return SlotProgress(
        total=len(wanted),
        by_status=Counter(attempt.status for attempt in newest.values()),
        run_id=min((attempt.run_id for attempt in attempts), default=None),
        failed=len(failed),
        failures=_told(failed),
    )


def _told(failed: dict[int, _Attempt]) -> tuple[dict[str, Any], ...]:
    """The failures by hotel; `failed` has the newest attempt by the key of the failed one."""
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
        for row in rows.order_by("hotel__code")[:FAILURES_TOLD]
    )


def _reason(row: JobExecution) -> str:
    """A foreseen reason in its own words; of a crash only that it was one, for it may show SQL."""
    if row.failure_kind == FailureKind.FAILED:
        return row.error
    return str(FailureKind(row.failure_kind).label)
