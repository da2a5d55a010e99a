"""Beginnings and ends of conditions that are not about one job, as far as they are stored.

Each function returns the changes of some hotels for a rehearsal. `LIMITS` says where a past is
known in part.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, Min, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from hotels.models import Folio, FolioLine, Hotel, Message
from jobs import queue
from jobs.alerts.book_conditions import FAILED_FOR, ready_at
from jobs.alerts.machine import Finding
from jobs.models import AlertKind, JobExecution, JobRun, Tick, Trigger

LIMITS = {
    AlertKind.LATE: _("Of late jobs only missed runs are stored."),
    AlertKind.TICK: _(
        "Ticks are not stored. A silence is seen from the runs that were opened late after it, so "
        "one in which no run was due is not counted."
    ),
    AlertKind.WORKER: _(
        "Which workers there were is not stored: only executions that waited too long are counted. "
        "Without JOBS_EXECUTOR=queue this rule sends nothing."
    ),
    AlertKind.OUTBOX: _(
        "Messages to guests wait for a decent hour: only those that failed or still wait are "
        "counted. A message that failed and was sent again later is not."
    ),
    AlertKind.OVERBOOKED: _(
        "Taken from the results of the availability recalculation: what changed between two runs "
        "is not stored."
    ),
    AlertKind.UNASSIGNED: _(
        "Taken from the results of the housekeeping round: when a task was assigned later is not "
        "stored, so each alert lasts until the next round."
    ),
    AlertKind.INVOICES: _(
        "Taken from the invoices as they are now. A charge that was added after the folio was "
        "completed counts from the end of its date."
    ),
}
# Rows read at most; of a large group the rehearsal counts the latest only.
MOST = 200_000
FOREVER = datetime.max.replace(tzinfo=UTC)
ChangeKey = tuple[int | None, str]


@dataclass(frozen=True, kw_only=True)
class Past:
    """The period of a rehearsal, and for how long a condition must have lasted."""

    since: datetime
    now: datetime
    wait: timedelta


@dataclass(frozen=True, kw_only=True)
class Change:
    """From `at` on a condition holds for `key`, or with None no longer does."""

    at: datetime
    key: ChangeKey
    finding: Finding | None


@dataclass(frozen=True, order=True)
class _Span:
    """A condition of one object from `since` until `until`, `FOREVER` while it lasts."""

    since: datetime
    until: datetime


def stuck_invoices(*, hotels: Sequence[Hotel], past: Past) -> list[Change]:
    """Changes of hotels with folios that were not invoiced for so many minutes. One query."""
    wait, since, now = past.wait, past.since, past.now
    end = Coalesce("document__issued_at", "settled_at")
    limit = _duration(wait)
    # A statement for each folio and document: most folios are invoiced in time.
    rows = (
        FolioLine.objects.filter(
            folio__hotel__in=hotels,
            folio__status=Folio.Status.COMPLETED,
            folio__completed_at__lte=now - wait,
        )
        .annotate(end=end)
        .filter(Q(end=None) | (Q(end__gt=since) & Q(end__gt=F("folio__completed_at") + limit)))
        .order_by()
        .values_list("folio__hotel", "folio", "folio__completed_at", "end")
        .annotate(first=Min("business_date"))
        .order_by("-folio__completed_at")[:MOST]
    )
    zones = {hotel.pk: hotel.zone for hotel in hotels}
    spans: dict[int, list[_Span]] = defaultdict(list)
    for hotel_id, _folio, completed_at, until, first in rows:
        ready = ready_at(completed_at=completed_at, first=first, zone=zones[hotel_id])
        _add(spans[hotel_id], ready + wait, until, now=now)
    return list(_changes(spans, kind=AlertKind.INVOICES, group=AlertKind.INVOICES))


def silent_outbox(*, hotels: Sequence[Hotel], past: Past) -> list[Change]:
    """Changes of hotels with messages that failed, or waited so many minutes. Two queries."""
    wait, since, now = past.wait, past.since, past.now
    of_hotels = Message.objects.filter(hotel__in=hotels).order_by()
    failed: dict[int, list[_Span]] = defaultdict(list)
    rows = of_hotels.filter(
        status=Message.Status.FAILED, ended_at__gt=since - FAILED_FOR, ended_at__lte=now
    )
    ended: Any = rows.values_list("hotel", "ended_at").order_by("-ended_at")
    for hotel_id, at in ended[:MOST]:
        _add(failed[hotel_id], at, at + FAILED_FOR, now=now)
    first = Min("delivery_attempts__started_at")
    tried = of_hotels.filter(created_at__lte=now - wait).annotate(first=first)
    # One that waits for its first attempt, or that was tried too late. That of a guest was held.
    late = Q(first__gt=since) & Q(first__gt=F("created_at") + _duration(wait))
    late &= ~Q(audience="guest")
    waits = Q(first=None, status=Message.Status.WAITING, next_attempt_at__lte=now - wait)
    waiting: dict[int, list[_Span]] = defaultdict(list)
    columns = ("hotel", "created_at", "next_attempt_at", "first")
    found: Any = tried.filter(late | waits).values_list(*columns).order_by("-created_at")
    for hotel_id, created, due, begun in found[:MOST]:
        starts = max(created, due) if begun is None and due else created
        _add(waiting[hotel_id], starts + wait, begun, now=now)
    kind = AlertKind.OUTBOX
    return [
        *_changes(failed, kind=kind, group=f"{kind}:failed"),
        *_changes(waiting, kind=kind, group=f"{kind}:waiting"),
    ]


def waiting_for_workers(*, hotels: Sequence[Hotel], past: Past) -> list[Change]:
    """Changes of hotels with executions that waited so many minutes. Two queries.

    None without the queue.
    """
    if not queue.is_used():
        return []
    wait, now = past.wait, past.now
    free = Coalesce("not_before", "created_at")
    rows = JobExecution.objects.filter(hotel__in=hotels).order_by().annotate(free=free)
    late = Q(started_at__gt=F("free") + _duration(wait))
    ended = rows.filter(late, completed_at__gt=past.since, completed_at__lte=now)
    open_ = rows.unfinished().filter(free__lte=now - wait)
    spans: dict[int, list[_Span]] = defaultdict(list)
    columns = ("hotel", "free", "started_at")
    for found in (ended.order_by("-completed_at"), open_):
        values: Any = found.values_list(*columns)
        for hotel_id, since, started_at in values[:MOST]:
            _add(spans[hotel_id], since + wait, started_at, now=now)
    kind = AlertKind.WORKER
    return list(_changes(spans, kind=kind, group=f"{kind}:waiting"))


def silent_tick(*, past: Past) -> list[Change]:
    """Changes of the tick: found by the tick that came back, and over with the next. One query."""
    rows = JobRun.objects.filter(
        trigger__in=(Trigger.CRON, Trigger.CATCH_UP),
        scheduled_for__isnull=False,
        created_at__gt=past.since - timedelta(days=1),
        created_at__lte=past.now,
    )
    slots: dict[datetime, list[datetime]] = defaultdict(list)
    for at, slot in rows.values_list("created_at", "scheduled_for").order_by("-created_at")[:MOST]:
        slots[at].append(slot or at)
    longest = max(past.wait, Tick.MAX_AGE)
    found: list[Change] = []
    before: datetime | None = None
    for at in sorted(slots):
        # Slots from before an earlier tick were late for another reason.
        silent = [slot for slot in slots[at] if before is not None and slot > before]
        before = at
        if silent and at - min(silent) > longest:
            key, finding = (None, str(AlertKind.TICK)), Finding(group=AlertKind.TICK, hotel_id=None)
            found.append(Change(at=at, key=key, finding=finding))
            found.append(Change(at=at + timedelta(minutes=1), key=key, finding=None))
    return found


def _duration(value: timedelta) -> Any:
    return ExpressionWrapper(Value(value), output_field=DurationField())


def _add(spans: list[_Span], since: datetime, until: datetime | None, *, now: datetime) -> None:
    until = until or FOREVER
    if since < until and since <= now:
        spans.append(_Span(since, until))


def _changes(spans: Mapping[int, Iterable[_Span]], *, kind: str, group: str) -> Iterator[Change]:
    """The beginning and the end of the time in which any object of a hotel is concerned."""
    for hotel_id, of_hotel in spans.items():
        key, finding = (hotel_id, group), Finding(group=group, hotel_id=hotel_id)
        for span in _merged(of_hotel):
            yield Change(at=span.since, key=key, finding=finding)
            if span.until < FOREVER:
                yield Change(at=span.until, key=key, finding=None)


def _merged(spans: Iterable[_Span]) -> Iterator[_Span]:
    current: _Span | None = None
    for span in sorted(spans):
        if current is None:
            current = span
        elif span.since <= current.until:
            current = _Span(current.since, max(current.until, span.until))
        else:
            yield current
            current = span
    if current is not None:
        yield current
