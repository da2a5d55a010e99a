"""The slots that became due since the last tick, for all hotels and jobs, in a few queries."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from heapq import merge
from typing import Any, TypeVar
from zoneinfo import ZoneInfoNotFoundError

from django.db.models import Case, F, Model, QuerySet, When

from hotels.models import Hotel
from jobs import cron_expressions, registry
from jobs.base import Job
from jobs.cron_expressions import BadExpression
from jobs.models import DefaultScheduleStart, JobSchedule, Trigger
from jobs.scheduling.default_schedules import (
    DefaultSpan,
    default_spans,
    is_recorded,
    recorded_defaults,
)
from jobs.scheduling.done_slots import HotelSlots, done_slots
from jobs.scheduling.due_expressions import MOST_EXPRESSIONS, expressions_due, known_zone
from jobs.scheduling.effective import CatchUp, EffectiveSchedule, due_by_default, later_start
from jobs.scheduling.misfires import GRACE, MISSED_KEPT, MisfireDecisions, MissedSlot

# Executions of a schedule at most, however long ago its first slot is: the missed ones and the run.
MOST_EXECUTIONS = MISSED_KEPT + 1
Row = TypeVar("Row", bound=Model)
_COLUMNS = (
    "hotel_id",
    "job_name",
    "expression",
    "clock",
    "enabled",
    "catch_up",
    "longest_lateness_minutes",
    "attempts",
    "later_start",
    "hotel__active",
    "hotel__timezone",
)
_Key = tuple[str, tzinfo, datetime, datetime]  # an expression in a zone, and a period


@dataclass(frozen=True, kw_only=True)
class DueSlot:
    """A slot to run in a hotel; `trigger` is CATCH_UP if it is late."""

    job_name: str
    hotel_id: int
    slot: datetime
    trigger: Trigger
    attempts: int


@dataclass(frozen=True, kw_only=True)
class SlotPlan:
    """Slots to run, missed slots with their schedules, and errors of unreadable schedules.

    `is_recorded` is False if the code declares default schedules that are not recorded yet.
    `last_hotel` is the key of the last hotel planned; None if no other hotel has a slot.
    """

    due: tuple[DueSlot, ...] = ()
    missed: tuple[tuple[EffectiveSchedule, MissedSlot], ...] = ()
    problems: tuple[str, ...] = ()
    is_recorded: bool = field(default=True, compare=False)
    last_hotel: int | None = None


@dataclass(frozen=True, kw_only=True)
class HotelPart:
    """One job in one hotel, or all of its jobs: limits a plan to what is due before a change."""

    hotel_id: int
    job_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class HotelRange:
    """The hotels with keys above `after` and up to `last`, without some, in rising order.

    As many as have about `at_most` executions to store: the last hotel is planned whole.
    """

    after: int = 0
    last: int | None = None
    without: Collection[int] = ()
    at_most: int | None = None

    def narrow(self, rows: QuerySet[Row], *, path: str) -> QuerySet[Row]:
        """The rows of these hotels; `path` leads from a row to the key of its hotel."""
        if self.after:
            rows = rows.filter(**{f"{path}__gt": self.after})
        if self.last is not None:
            rows = rows.filter(**{f"{path}__lte": self.last})
        return rows.exclude(**{f"{path}__in": self.without}) if self.without else rows


EVERY_HOTEL = HotelRange()


@dataclass(kw_only=True)
class _Span:
    """The slots in (since, now], of some hotels or of a part; `clock` is the present time."""

    since: datetime
    now: datetime
    clock: datetime
    part: HotelPart | None = None
    hotels: HotelRange = EVERY_HOTEL
    is_recorded: bool = True
    problems: list[str] = field(default_factory=list)
    _known: dict[_Key, tuple[datetime, ...]] = field(default_factory=dict)

    def due(self) -> Iterator[tuple[EffectiveSchedule, tuple[datetime, ...]]]:
        """Every schedule with slots in the span, and these slots in UTC; hotel by hotel."""
        recorded = recorded_defaults()
        self.is_recorded = all(is_recorded(job, recorded) for job in self._jobs())
        # Before a change all slots are opened: the old facts are not read again.
        spans = default_spans(
            jobs=self._jobs(),
            recorded=recorded,
            since=self.since,
            now=self.now,
            clock=self.clock,
            to_the_end=self.part is not None,
        )
        declared = (self._by_default(span) for span in spans)
        return merge(*declared, self._own(), key=lambda found: found[0].hotel_id)

    def _by_default(
        self, span: DefaultSpan
    ) -> Iterator[tuple[EffectiveSchedule, tuple[datetime, ...]]]:
        """The slots of a default schedule, in each hotel since it follows this schedule."""
        slots = self._between(span.expression, UTC, span.after, span.until)
        if not slots:
            return
        started = DefaultScheduleStart.objects.filter(
            job_name=span.job.name, counts_from__gte=slots[0]
        )
        starts = dict(started.values_list("hotel_id", "counts_from"))
        # Each of these hotels has a slot, the newest, so that `at_most` counts hotels with slots.
        hotels: QuerySet[Hotel] = due_by_default(
            Hotel.objects.all(), job=span.job, slot=slots[-1], now=self.clock
        )
        if self.part is not None:
            hotels = hotels.filter(pk=self.part.hotel_id)
        rows = self.hotels.narrow(hotels, path="pk").order_by("pk").values_list("pk", "active")
        most = self.hotels.at_most
        for hotel_id, active in rows if most is None else rows[: most + 1]:
            after = later_start(starts.get(hotel_id), after=span.after, now=self.clock)
            yield (
                EffectiveSchedule.declared(job=span.job, hotel_id=hotel_id, hotel_active=active),
                slots if after < slots[0] else tuple(slot for slot in slots if slot > after),
            )

    def _own(self) -> Iterator[tuple[EffectiveSchedule, tuple[datetime, ...]]]:
        for row in self._own_rows():
            after = later_start(row["later_start"], after=self.since, now=self.clock)
            try:
                own = row["clock"] != JobSchedule.Clock.UTC
                zone = known_zone(row["hotel__timezone"]) if own else UTC
            except (ZoneInfoNotFoundError, ValueError):
                name = row["hotel__timezone"]
                self._report(f"hotel {row['hotel_id']}: unknown time zone {name!r}", row)
                continue
            if slots := self._between(row["expression"], zone, after, self.now, row):
                yield _own_schedule(row, zone), slots

    def _report(self, problem: str, row: Mapping[str, Any] | None) -> None:
        """Note a schedule that cannot be read, unless its hotel is not active."""
        if row is None or row["hotel__active"]:
            self.problems.append(problem)

    def _jobs(self) -> list[Job]:
        only = self.part.job_name if self.part else None
        return [job for job in registry.all_jobs() if only in (None, job.name)]

    def _own_rows(self) -> Iterator[dict[str, Any]]:
        """Own schedules with slots as plain rows: of fifty thousand, most have none in a minute."""
        names = [job.name for job in self._jobs()]
        rows = JobSchedule.objects.filter(job_name__in=names)
        if self.part is not None:
            rows = rows.filter(hotel_id=self.part.hotel_id)
        wanted = self.hotels.narrow(rows, path="hotel_id")
        expressions = expressions_due(wanted, since=self.since, now=self.now)
        if not expressions:
            return
        if len(expressions) <= MOST_EXPRESSIONS:
            wanted = wanted.filter(expression__in=expressions)
        # Nearly all of them count from long before: no instants are made of these.
        later = Case(When(counts_from__gt=self.since, then=F("counts_from")))
        ordered = wanted.annotate(later_start=later).order_by("hotel_id", "pk")
        yield from ordered.values(*_COLUMNS).iterator(chunk_size=2000)

    def _between(
        self,
        expression: str,
        zone: tzinfo,
        after: datetime,
        until: datetime,
        row: Mapping[str, Any] | None = None,
    ) -> tuple[datetime, ...]:
        """The slots in (after, until], computed once for hotels with the same schedule and zone."""
        key = (expression, zone, after, until)
        if key not in self._known:
            try:
                instants = cron_expressions.between(
                    expression=expression, zone=zone, after=after, until=until
                )
                self._known[key] = tuple(instant.astimezone(UTC) for instant in instants)
            except BadExpression as error:
                name = f"{row['job_name']} of hotel {row['hotel_id']}" if row else "a job"
                self._report(f"{name}: {error}", row)
                return ()
        return self._known[key]


def _own_schedule(row: Mapping[str, Any], zone: tzinfo) -> EffectiveSchedule:
    minutes = row["longest_lateness_minutes"]
    return EffectiveSchedule(
        job_name=row["job_name"],
        hotel_id=row["hotel_id"],
        expression=row["expression"],
        zone=zone,
        enabled=row["enabled"],
        catch_up=row["catch_up"],
        longest_lateness=None if minutes is None else timedelta(minutes=minutes),
        attempts=row["attempts"],
        counts_from=row["later_start"],
        hotel_active=row["hotel__active"],
    )


def plan_slots(
    *,
    since: datetime,
    now: datetime,
    part: HotelPart | None = None,
    hotels: HotelRange = EVERY_HOTEL,
    clock: datetime | None = None,
) -> SlotPlan:
    """Plan the slots that became due in (since, now]: which to run, and which are missed.

    Own schedules are read up to `now`; default schedules up to a grace period before `now`, as
    crontab runs these. Slots with an execution are left unchanged. `clock` is the present time, if
    the plan is made as of an earlier `now`: schedules may have changed since.
    """
    span = _Span(since=since, now=now, clock=clock or now, part=part, hotels=hotels)
    schedules, is_whole = _taken(span.due(), at_most=hotels.at_most)
    limits = [HotelSlots(each.hotel_id, each.job_name, s[0], s[-1]) for each, s in schedules]
    # Others have the same slots: those of the hotels before were stored a moment ago.
    of_some = part is not None or not is_whole or bool(hotels.after)
    done = done_slots(limits, of_some=of_some)
    run: list[DueSlot] = []
    missed: list[tuple[EffectiveSchedule, MissedSlot]] = []
    decide = MisfireDecisions(now=now)
    for schedule, slots in schedules:
        of_hotel = done.get((schedule.hotel_id, schedule.job_name), ())
        decision = decide(schedule, slots=slots, done=of_hotel)
        run += (
            DueSlot(
                job_name=schedule.job_name,
                hotel_id=schedule.hotel_id,
                slot=slot,
                trigger=Trigger.CATCH_UP if now - slot > GRACE else Trigger.CRON,
                attempts=schedule.attempts,
            )
            for slot in decision.run
        )
        missed += ((schedule, each) for each in decision.missed)
    return SlotPlan(
        due=tuple(run),
        missed=tuple(missed),
        problems=tuple(span.problems),
        is_recorded=span.is_recorded,
        last_hotel=None if is_whole else schedules[-1][0].hotel_id,
    )


def _taken(
    found: Iterator[tuple[EffectiveSchedule, tuple[datetime, ...]]], *, at_most: int | None
) -> tuple[list[tuple[EffectiveSchedule, tuple[datetime, ...]]], bool]:
    """The schedules of the first hotels, with about `at_most` executions; True if these are all."""
    taken: list[tuple[EffectiveSchedule, tuple[datetime, ...]]] = []
    executions = 0
    for schedule, slots in found:
        is_next_hotel = taken and schedule.hotel_id != taken[-1][0].hotel_id
        if is_next_hotel and at_most is not None and executions >= at_most:
            return taken, False
        taken.append((schedule, slots))
        each = schedule.catch_up == CatchUp.ALL
        executions += len(slots) if each else min(len(slots), MOST_EXECUTIONS)
    return taken, True
