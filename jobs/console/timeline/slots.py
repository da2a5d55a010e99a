"""The slots of some hotels in a span of time, each with what became of it, in four queries."""

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
from jobs.scheduling import GRACE, EffectiveSchedule, effective_schedules

Key = tuple[int, str]  # hotel and job


class SlotState(StrEnum):
    """What became of a slot; the first of several is what a reader has to know about them."""

    FAILED = "failed"
    MISSED = "missed"
    RUNNING = "running"
    WAITING = "waiting"
    SKIPPED = "skipped"
    RETRIED = "retried"  # completed, not at the first attempt
    COMPLETED = "completed"
    COMING = "coming"


@dataclass(frozen=True, kw_only=True)
class TimelineSlot:
    """One slot; without an execution it was missed, or is still to come."""

    due: datetime
    state: SlotState
    words: str = ""
    execution_id: int | None = None
    attempts: int = 0
    took: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Span:
    """[since, until), seen at `now`; `until` is after now where the last column is not over."""

    since: datetime
    until: datetime
    now: datetime


def read_slots(
    *, hotels: Sequence[Hotel], jobs: Sequence[Job], span: Span
) -> dict[Key, list[TimelineSlot]]:
    """The slots of each hotel and job, rising; those without any are left out."""
    done = _executions(hotels, jobs, span)
    known_since = _known_since(hotels)
    due = _Due(span)
    found: dict[Key, list[TimelineSlot]] = {}
    for terms in effective_schedules(hotels=hotels, jobs=jobs):
        key = terms.hotel_id, terms.job_name
        slots = done.get(key, {})
        since = known_since.get(terms.hotel_id)
        absent = [at for at in due.of(terms, since=since) if at not in slots]
        for slot in _absent(absent, slots.values(), now=span.now):
            slots[slot.slot.due] = slot
        if slots:
            found[key] = [slots[at].slot for at in sorted(slots)]
    return found


@dataclass(frozen=True, kw_only=True)
class _Known:
    """A slot, and the first of the earlier ones it stands for."""

    slot: TimelineSlot
    stands_since: datetime | None = None


def _executions(
    hotels: Sequence[Hotel], jobs: Sequence[Job], span: Span
) -> dict[Key, dict[datetime, _Known]]:
    """The newest attempt at each slot that has an execution."""
    rows = JobExecution.objects.filter(
        hotel__in=[hotel.pk for hotel in hotels],
        job_name__in=[job.name for job in jobs],
        scheduled_for__gte=span.since,
        scheduled_for__lt=span.until,
    )
    stands = KeyTextTransform("since", KeyTextTransform("alsoMissed", "metadata"))
    found: dict[Key, dict[datetime, _Known]] = {}
    for row in (
        rows.order_by("attempt")
        .values("pk", "hotel_id", "job_name", "scheduled_for", "attempt", "status", "skip_reason")
        .annotate(words=F("words"), begun=F("started_at"), ended=F("completed_at"), stands=stands)
        .iterator()
    ):
        since = datetime.fromisoformat(row["stands"]) if row["stands"] else None
        of = found.setdefault((row["hotel_id"], row["job_name"]), {})
        slot = _slot(row)
        of[slot.due] = _Known(slot=slot, stands_since=since)
    return found


def _slot(row: Mapping[str, Any]) -> TimelineSlot:
    state = (
        SlotState(row["status"].lower()) if row["status"] != Status.PENDING else SlotState.WAITING
    )
    if row["skip_reason"] == SkipReason.MISSED:
        state = SlotState.MISSED
    elif state == SlotState.COMPLETED and row["attempt"] > 1:
        state = SlotState.RETRIED
    begun, ended = row["begun"], row["ended"]
    return TimelineSlot(
        due=row["scheduled_for"],
        state=state,
        words=row["words"],
        execution_id=row["pk"],
        attempts=row["attempt"],
        took=ended - begun if begun and ended else None,
    )


def _known_since(hotels: Sequence[Hotel]) -> dict[int, datetime]:
    """When each hotel first had an execution: of slots before nothing is known."""
    first = JobExecution.objects.filter(hotel=OuterRef("pk")).order_by("created_at")
    rows = Hotel.objects.filter(pk__in=[hotel.pk for hotel in hotels]).annotate(
        known_since=Subquery(first.values("created_at")[:1])
    )
    return dict(rows.exclude(known_since=None).order_by().values_list("pk", "known_since"))


class _Due:
    """The instants of the schedules; hotels with the same one in the same zone share them."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._known: dict[tuple[str, str], tuple[datetime, ...]] = {}

    def of(self, terms: EffectiveSchedule, *, since: datetime | None) -> Iterator[datetime]:
        """Those of the span from which on the schedule and the hotel are known."""
        if not terms.enabled or since is None:
            return
        if terms.counts_from is not None:
            since = max(since, terms.counts_from)
        for at in self._all(terms):
            if at > since:
                yield at

    def _all(self, terms: EffectiveSchedule) -> tuple[datetime, ...]:
        key = terms.expression, str(terms.zone)
        if key not in self._known:
            try:
                instants = cron_expressions.between(
                    expression=terms.expression,
                    zone=terms.zone,
                    after=self._span.since - timedelta.resolution,
                    until=self._span.until - timedelta.resolution,
                )
                self._known[key] = tuple(instant.astimezone(UTC) for instant in instants)
            except BadExpression:
                self._known[key] = ()  # the tick tells of it
        return self._known[key]


def _absent(due: Iterable[datetime], known: Iterable[_Known], *, now: datetime) -> list[_Known]:
    """What is to be said of slots without an execution."""
    standing = [each for each in known if each.stands_since is not None]
    return [_Known(slot=_absent_slot(at, standing, now=now)) for at in due]


def _absent_slot(at: datetime, standing: Sequence[_Known], *, now: datetime) -> TimelineSlot:
    if at > now:
        return TimelineSlot(due=at, state=SlotState.COMING)
    for each in standing:
        if each.stands_since is not None and each.stands_since <= at < each.slot.due:
            return TimelineSlot(
                due=at,
                state=SlotState.MISSED,
                words=each.slot.words,
                execution_id=each.slot.execution_id,
            )
    if now - at <= GRACE:
        return TimelineSlot(due=at, state=SlotState.WAITING, words=gettext("due, not begun"))
    return TimelineSlot(due=at, state=SlotState.MISSED, words=gettext("no execution was opened"))
