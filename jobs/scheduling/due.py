"""The slots that became due since the last tick, for all hotels and jobs, in a few queries."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from heapq import merge
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Model, QuerySet

from hotels.models import Hotel
from jobs import cron_expressions, registry
from jobs.base import Job
from jobs.cron_expressions import BadExpression
from jobs.models import JobExecution, JobSchedule, Trigger
from jobs.models.execution import CLOCK_TOLERANCE
from jobs.scheduling.effective import CatchUp, EffectiveSchedule, on_declared_schedule
from jobs.scheduling.misfires import GRACE, MISSED_KEPT, MissedSlot, apply_policy

ZERO = timedelta()
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
    "counts_from",
)


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

    `last_hotel` is the key of the last hotel planned; None if no other hotel has a slot.
    """

    due: tuple[DueSlot, ...] = ()
    missed: tuple[tuple[EffectiveSchedule, MissedSlot], ...] = ()
    problems: tuple[str, ...] = ()
    last_hotel: int | None = None


@dataclass(frozen=True, kw_only=True)
class HotelJob:
    """One job in one hotel: limits a plan to what is due before its schedule changes."""

    hotel_id: int
    job_name: str


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
    """The slots in (since, now], of some hotels or of one hotel's job."""

    since: datetime
    now: datetime
    part: HotelJob | None = None
    hotels: HotelRange = EVERY_HOTEL
    problems: list[str] = field(default_factory=list)
    _known: dict[tuple[str, tzinfo, datetime], tuple[datetime, ...]] = field(default_factory=dict)

    def due(self) -> Iterator[tuple[EffectiveSchedule, tuple[datetime, ...]]]:
        """Every schedule with slots in the span, and these slots in UTC; hotel by hotel."""
        declared = (self._declared(job) for job in self._jobs())
        return merge(*declared, self._own(), key=lambda found: found[0].hotel_id)

    def _declared(self, job: Job) -> Iterator[tuple[EffectiveSchedule, tuple[datetime, ...]]]:
        # Crontab lines run these; slots they have not opened within the grace are picked up.
        # Before a change of schedule all are opened: the old schedule is not read again.
        after, until = self.since - GRACE, self.now - (GRACE if self.part is None else ZERO)
        slots = self._between(job.schedule, UTC, after, until)
        if not slots:
            return
        hotels = on_declared_schedule(Hotel.objects.filter(active=True), job=job)
        if self.part is not None:
            hotels = hotels.filter(pk=self.part.hotel_id)
        keys = self.hotels.narrow(hotels, path="pk").order_by("pk").values_list("pk", flat=True)
        most = self.hotels.at_most
        for hotel_id in keys if most is None else keys[: most + 1]:
            yield EffectiveSchedule.declared(job=job, hotel_id=hotel_id), slots

    def _own(self) -> Iterator[tuple[EffectiveSchedule, tuple[datetime, ...]]]:
        for row in self._own_rows():
            after = self._after(row["counts_from"])
            try:
                own = row["clock"] != JobSchedule.Clock.UTC
                zone = _zone(row["hotel__timezone"]) if own else UTC
            except (ZoneInfoNotFoundError, ValueError):
                name = row["hotel__timezone"]
                self.problems.append(f"hotel {row['hotel_id']}: unknown time zone {name!r}")
                continue
            if slots := self._between(row["expression"], zone, after, self.now, row):
                yield _own_schedule(row, zone), slots

    def _after(self, counts_from: datetime) -> datetime:
        """The start of the span for a schedule; one saved by a clock ahead counts already."""
        if counts_from > self.now + CLOCK_TOLERANCE:
            return self.since
        return max(self.since, counts_from)

    def _jobs(self) -> list[Job]:
        only = self.part.job_name if self.part else None
        return [job for job in registry.all_jobs() if only in (None, job.name)]

    def _own_rows(self) -> Iterator[dict[str, Any]]:
        """Own schedules as plain rows: of fifty thousand, most have no slot in a given minute."""
        names = [job.name for job in self._jobs()]
        rows = JobSchedule.objects.filter(hotel__active=True, job_name__in=names)
        if self.part is not None:
            rows = rows.filter(hotel_id=self.part.hotel_id)
        ordered = self.hotels.narrow(rows, path="hotel_id").order_by("hotel_id", "pk")
        yield from ordered.values(*_COLUMNS, "hotel__timezone").iterator(chunk_size=2000)

    def _between(
        self,
        expression: str,
        zone: tzinfo,
        after: datetime,
        until: datetime,
        row: Mapping[str, Any] | None = None,
    ) -> tuple[datetime, ...]:
        """The slots in (after, until], computed once for hotels with the same schedule and zone."""
        key = (expression, zone, after)
        if key not in self._known:
            try:
                instants = cron_expressions.between(
                    expression=expression, zone=zone, after=after, until=until
                )
                self._known[key] = tuple(instant.astimezone(UTC) for instant in instants)
            except BadExpression as error:
                name = f"{row['job_name']} of hotel {row['hotel_id']}" if row else "a job"
                self.problems.append(f"{name}: {error}")
                return ()
        return self._known[key]


_zone = lru_cache(ZoneInfo)


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
        counts_from=row["counts_from"],
    )


def plan_slots(
    *,
    since: datetime,
    now: datetime,
    part: HotelJob | None = None,
    hotels: HotelRange = EVERY_HOTEL,
) -> SlotPlan:
    """Plan the slots that became due in (since, now]: which to run, and which are missed.

    Own schedules are read up to `now`; default schedules up to a grace period before `now`, as
    crontab runs these. Slots with an execution are left unchanged.
    """
    span = _Span(since=since, now=now, part=part, hotels=hotels)
    schedules, is_whole = _taken(span.due(), at_most=hotels.at_most)
    done = _done(schedules)
    run: list[DueSlot] = []
    missed: list[tuple[EffectiveSchedule, MissedSlot]] = []
    for schedule, slots in schedules:
        of_hotel = done[schedule.hotel_id, schedule.job_name]
        decision = apply_policy(slots=slots, done=of_hotel, schedule=schedule, now=now)
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


def _done(
    schedules: Sequence[tuple[EffectiveSchedule, tuple[datetime, ...]]],
) -> dict[tuple[int, str], set[datetime]]:
    """The slots of `schedules` that have an execution, by hotel and job."""
    found: dict[tuple[int, str], set[datetime]] = defaultdict(set)
    spans = [(schedule.job_name, slots[0], slots[-1]) for schedule, slots in schedules]
    for job_name in sorted({name for name, _, _ in spans}):
        first = min(start for name, start, _ in spans if name == job_name)
        last = max(end for name, _, end in spans if name == job_name)
        rows = JobExecution.objects.filter(
            job_name=job_name,
            scheduled_for__gte=first,
            scheduled_for__lte=last,
            hotel__gte=schedules[0][0].hotel_id,
            hotel__lte=schedules[-1][0].hotel_id,
        )
        for hotel_id, slot in rows.values_list("hotel_id", "scheduled_for").iterator():
            if slot is not None:
                found[hotel_id, job_name].add(slot)
    return found
