"""The slots that came since the last look, for all hotels and jobs, in a few queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hotels.models import Hotel
from jobs import cron_expressions, registry
from jobs.base import Job
from jobs.cron_expressions import BadExpression
from jobs.models import JobExecution, JobSchedule, Trigger
from jobs.scheduling.effective import EffectiveSchedule, on_declared_schedule
from jobs.scheduling.misfires import GRACE, MissedSlot, apply_policy

ZERO = timedelta()
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
    """A slot to be run for a hotel. `trigger` is CATCH_UP where it is late."""

    job_name: str
    hotel_id: int
    slot: datetime
    trigger: Trigger


@dataclass(frozen=True, kw_only=True)
class SlotPlan:
    """What is to be opened: slots to run, slots given up (terms, which), unreadable schedules."""

    due: tuple[DueSlot, ...] = ()
    missed: tuple[tuple[EffectiveSchedule, MissedSlot], ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HotelJob:
    """Only one hotel's one job: for settling what was due before its schedule changes."""

    hotel_id: int
    job_name: str


@dataclass(kw_only=True)
class _Look:
    """One look at (since, now]."""

    since: datetime
    now: datetime
    part: HotelJob | None = None
    problems: list[str] = field(default_factory=list)
    _known: dict[tuple[str, tzinfo, datetime], tuple[datetime, ...]] = field(default_factory=dict)

    def came(self) -> Iterator[tuple[EffectiveSchedule, tuple[datetime, ...]]]:
        """Every (hotel, job) for which slots came, with those slots, rising, in UTC."""
        for job in self._jobs():
            # Crontab lines serve these; what they have not opened within the grace is picked up.
            # A change of schedule settles all: nobody looks at the old one afterwards.
            after, until = self.since - GRACE, self.now - (GRACE if self.part is None else ZERO)
            slots = self._between(job.schedule, UTC, after, until)
            if slots:
                hotels = on_declared_schedule(Hotel.objects.filter(active=True), job=job)
                if self.part is not None:
                    hotels = hotels.filter(pk=self.part.hotel_id)
                for hotel_id in hotels.order_by("pk").values_list("pk", flat=True):
                    yield EffectiveSchedule.declared(job=job, hotel_id=hotel_id), slots
        for row in self._own():
            after = max(self.since, row["counts_from"])
            try:
                own = row["clock"] != JobSchedule.Clock.UTC
                zone = _zone(row["hotel__timezone"]) if own else UTC
            except (ZoneInfoNotFoundError, ValueError):
                name = row["hotel__timezone"]
                self.problems.append(f"hotel {row['hotel_id']}: there is no time zone {name!r}")
                continue
            if slots := self._between(row["expression"], zone, after, self.now, row):
                yield _terms(row, zone), slots

    def _jobs(self) -> list[Job]:
        only = self.part.job_name if self.part else None
        return [job for job in registry.all_jobs() if only in (None, job.name)]

    def _own(self) -> Iterator[dict[str, Any]]:
        """Own schedules as plain rows: of fifty thousand a minute most have no slot."""
        names = [job.name for job in self._jobs()]
        rows = JobSchedule.objects.filter(hotel__active=True, job_name__in=names)
        if self.part is not None:
            rows = rows.filter(hotel_id=self.part.hotel_id)
        columns = rows.order_by("pk").values(*_COLUMNS, "hotel__timezone")
        yield from columns.iterator(chunk_size=5000)

    def _between(
        self,
        expression: str,
        zone: tzinfo,
        after: datetime,
        until: datetime,
        row: Mapping[str, Any] | None = None,
    ) -> tuple[datetime, ...]:
        """The slots in (after, until]; hotels with the same schedule and zone share the answer."""
        key = (expression, zone, after)
        if key not in self._known:
            try:
                instants = cron_expressions.between(
                    expression=expression, zone=zone, after=after, until=until
                )
                self._known[key] = tuple(instant.astimezone(UTC) for instant in instants)
            except BadExpression as error:
                whose = f"{row['job_name']} of hotel {row['hotel_id']}" if row else "a job"
                self.problems.append(f"{whose}: {error}")
                return ()
        return self._known[key]


_zone = lru_cache(ZoneInfo)


def _terms(row: Mapping[str, Any], zone: tzinfo) -> EffectiveSchedule:
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


def plan_slots(*, since: datetime, now: datetime, part: HotelJob | None = None) -> SlotPlan:
    """What became due in (since, now]: what to run, and what is too late for that.

    Hotels with a schedule of their own are looked at up to `now`; those on the declared one up to
    a grace period ago, since crontab serves them. Slots with an execution are left alone.
    """
    look = _Look(since=since, now=now, part=part)
    came = list(look.came())
    done = _done(came)
    due: list[DueSlot] = []
    missed: list[tuple[EffectiveSchedule, MissedSlot]] = []
    for terms, slots in came:
        of_hotel = done[terms.hotel_id, terms.job_name]
        settled = apply_policy(slots=slots, done=of_hotel, terms=terms, now=now)
        due += (
            DueSlot(
                job_name=terms.job_name,
                hotel_id=terms.hotel_id,
                slot=slot,
                trigger=Trigger.CATCH_UP if now - slot > GRACE else Trigger.CRON,
            )
            for slot in settled.run
        )
        missed += ((terms, each) for each in settled.missed)
    return SlotPlan(due=tuple(due), missed=tuple(missed), problems=tuple(look.problems))


def _done(
    came: Iterable[tuple[EffectiveSchedule, tuple[datetime, ...]]],
) -> dict[tuple[int, str], set[datetime]]:
    """The slots among those that came which have an execution, by hotel and job."""
    found: dict[tuple[int, str], set[datetime]] = defaultdict(set)
    spans = [(terms.job_name, slots[0], slots[-1]) for terms, slots in came]
    for job_name in sorted({name for name, _, _ in spans}):
        first = min(start for name, start, _ in spans if name == job_name)
        last = max(end for name, _, end in spans if name == job_name)
        rows = JobExecution.objects.filter(
            job_name=job_name, scheduled_for__gte=first, scheduled_for__lte=last
        )
        for hotel_id, slot in rows.values_list("hotel_id", "scheduled_for").iterator():
            if slot is not None:
                found[hotel_id, job_name].add(slot)
    return found
