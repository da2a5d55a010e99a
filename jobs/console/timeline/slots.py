"""Slots of some hotels in a period, each with its state. Takes five queries."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext

from hotels.models import Hotel
from jobs import cron_expressions
from jobs.base import Job
from jobs.cron_expressions import BadExpression
from jobs.models import JobExecution, SkipReason, Status
from jobs.runner import lateness
from jobs.scheduling import GRACE, EffectiveSchedule, effective_schedules

Key = tuple[int, str]  # hotel and job


class SlotState(StrEnum):
    """State of a slot, the most serious first."""

    FAILED = "failed"
    MISSED = "missed"
    PROBLEMS = "problems"  # completed, but some objects could not be processed
    RUNNING = "running"
    WAITING = "waiting"
    SKIPPED = "skipped"
    LATE = "late"  # completed, but begun much later than due
    RETRIED = "retried"  # completed after a failed attempt
    COMPLETED = "completed"
    COMING = "coming"


@dataclass(frozen=True, kw_only=True)
class TimelineSlot:
    """One slot; without an execution it was missed or is not due yet."""

    due: datetime
    state: SlotState
    summary: str = ""
    execution_id: int | None = None
    attempts: int = 0
    duration: timedelta | None = None
    late_by: timedelta = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Span:
    """Half-open period [since, until); `until` is after `now` if the last column is not over."""

    since: datetime
    until: datetime
    now: datetime


def read_slots(
    *, hotels: Sequence[Hotel], jobs: Sequence[Job], span: Span
) -> dict[Key, list[TimelineSlot]]:
    """Return the slots of each hotel and job by time; keys without slots are missing.

    Nothing is due in a hotel that is not active: only its executions are returned.
    """
    executed = _executions(hotels, jobs, span)
    first_execution = _first_execution_at(hotels)
    due = _DueTimes(span)
    found: dict[Key, list[TimelineSlot]] = {}
    for schedule in effective_schedules(hotels=hotels, jobs=jobs):
        key = schedule.hotel_id, schedule.job_name
        slots = executed.get(key, {})
        since = first_execution.get(schedule.hotel_id) if schedule.hotel_active else None
        missing = [at for at in due.of(schedule, since=since) if at not in slots]
        for record in _without_execution(missing, slots.values(), now=span.now):
            slots[record.slot.due] = record
        if slots:
            found[key] = [slots[at].slot for at in sorted(slots)]
    return found


def active_within(span: Span, *, hotels: Sequence[Hotel]) -> list[Hotel]:
    """Leave out the hotels that are not active, unless a slot in the period was not skipped for it.

    Takes one query if a hotel is not active.
    """
    inactive = [hotel.pk for hotel in hotels if not hotel.active]
    if not inactive:
        return list(hotels)
    rows = JobExecution.objects.filter(
        hotel__in=inactive, scheduled_for__gte=span.since, scheduled_for__lt=span.until
    ).exclude(skip_reason=SkipReason.INACTIVE)
    shown = set(rows.order_by().values_list("hotel_id", flat=True).distinct())
    return [hotel for hotel in hotels if hotel.active or hotel.pk in shown]


@dataclass(frozen=True, kw_only=True)
class _SlotRecord:
    """A slot, and the first of the earlier missed slots that its execution covers, if any."""

    slot: TimelineSlot
    covers_since: datetime | None = None


def _executions(
    hotels: Sequence[Hotel], jobs: Sequence[Job], span: Span
) -> dict[Key, dict[datetime, _SlotRecord]]:
    """Return the latest attempt of each slot that has an execution."""
    rows = JobExecution.objects.filter(
        hotel__in=[hotel.pk for hotel in hotels],
        job_name__in=[job.name for job in jobs],
        scheduled_for__gte=span.since,
        scheduled_for__lt=span.until,
    )
    covers = KeyTextTransform("since", KeyTextTransform("alsoMissed", "metadata"))
    found: dict[Key, dict[datetime, _SlotRecord]] = {}
    for row in (
        rows.order_by("attempt")
        .values(
            *("pk", "hotel_id", "job_name", "scheduled_for", "attempt"),
            *("status", "problems", "skip_reason"),
        )
        .annotate(summary=F("words"), begun=F("started_at"), ended=F("completed_at"), covers=covers)
        .iterator()
    ):
        since = datetime.fromisoformat(row["covers"]) if row["covers"] else None
        slots = found.setdefault((row["hotel_id"], row["job_name"]), {})
        slot = _slot(row)
        slots[slot.due] = _SlotRecord(slot=slot, covers_since=since)
    return found


def _slot(row: Mapping[str, Any]) -> TimelineSlot:
    state = (
        SlotState(row["status"].lower()) if row["status"] != Status.PENDING else SlotState.WAITING
    )
    begun, ended = row["begun"], row["ended"]
    late_by = lateness(due=row["scheduled_for"], started_at=begun)
    if row["skip_reason"] == SkipReason.MISSED:
        state = SlotState.MISSED
    elif state == SlotState.COMPLETED and row["problems"]:
        state = SlotState.PROBLEMS
    elif state == SlotState.COMPLETED and late_by:
        state = SlotState.LATE
    elif state == SlotState.COMPLETED and row["attempt"] > 1:
        state = SlotState.RETRIED
    return TimelineSlot(
        due=row["scheduled_for"],
        state=state,
        summary=row["summary"],
        execution_id=row["pk"],
        attempts=row["attempt"],
        duration=ended - begun if begun and ended else None,
        late_by=late_by,
    )


def _first_execution_at(hotels: Sequence[Hotel]) -> dict[int, datetime]:
    """Return the time of each hotel's first execution; slots before it are not shown."""
    first = JobExecution.objects.filter(hotel=OuterRef("pk")).order_by("created_at")
    rows = Hotel.objects.filter(pk__in=[hotel.pk for hotel in hotels]).annotate(
        first_at=Subquery(first.values("created_at")[:1])
    )
    return dict(rows.exclude(first_at=None).order_by().values_list("pk", "first_at"))


class _DueTimes:
    """Due times of the schedules, cached by expression and time zone."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._cache: dict[tuple[str, str], tuple[datetime, ...]] = {}

    def of(self, schedule: EffectiveSchedule, *, since: datetime | None) -> Iterator[datetime]:
        """Yield the due times in the period after `since` and after the schedule took effect."""
        if not schedule.enabled or since is None:
            return
        if schedule.counts_from is not None:
            since = max(since, schedule.counts_from)
        for at in self._all(schedule):
            if at > since:
                yield at

    def _all(self, schedule: EffectiveSchedule) -> tuple[datetime, ...]:
        key = schedule.expression, str(schedule.zone)
        if key not in self._cache:
            try:
                instants = cron_expressions.between(
                    expression=schedule.expression,
                    zone=schedule.zone,
                    after=self._span.since - timedelta.resolution,
                    until=self._span.until - timedelta.resolution,
                )
                self._cache[key] = tuple(instant.astimezone(UTC) for instant in instants)
            except BadExpression:
                self._cache[key] = ()  # the tick reports it
        return self._cache[key]


def _without_execution(
    due: Iterable[datetime], executed: Iterable[_SlotRecord], *, now: datetime
) -> list[_SlotRecord]:
    """Return the slots at the due times, which have no execution."""
    covering = [each for each in executed if each.covers_since is not None]
    return [_SlotRecord(slot=_missing_slot(at, covering, now=now)) for at in due]


def _missing_slot(at: datetime, covering: Sequence[_SlotRecord], *, now: datetime) -> TimelineSlot:
    if at > now:
        return TimelineSlot(due=at, state=SlotState.COMING)
    for each in covering:
        if each.covers_since is not None and each.covers_since <= at < each.slot.due:
            return TimelineSlot(
                due=at,
                state=each.slot.state,
                summary=each.slot.summary,
                execution_id=each.slot.execution_id,
            )
    if now - at <= GRACE:
        return TimelineSlot(due=at, state=SlotState.WAITING, summary=gettext("not started yet"))
    return TimelineSlot(due=at, state=SlotState.MISSED, summary=gettext("the job did not run"))
