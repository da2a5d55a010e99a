"""The slots that came since the last look, for all hotels and jobs, in a few queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hotels.models import Hotel
from jobs import expressions, registry
from jobs.base import Job
from jobs.expressions import BadExpression
from jobs.models import JobExecution, JobSchedule, Trigger
from jobs.schedule.policy import GRACE, Missed, settle
from jobs.schedule.terms import Terms, without_own

ZERO = timedelta()


@dataclass(frozen=True, kw_only=True)
class Due:
    """A slot to be run for a hotel. `trigger` is CATCH_UP where it is late."""

    job_name: str
    hotel_id: int
    slot: datetime
    trigger: Trigger


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be opened: slots to run, slots given up (terms, which), unreadable schedules."""

    due: tuple[Due, ...] = ()
    missed: tuple[tuple[Terms, Missed], ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Part:
    """Only one hotel's one job: for settling what was due before its schedule changes."""

    hotel_id: int
    job_name: str


@dataclass(kw_only=True)
class _Look:
    """One look at (since, now]."""

    since: datetime
    now: datetime
    part: Part | None = None
    problems: list[str] = field(default_factory=list)
    _known: dict[tuple[str, str, datetime], tuple[datetime, ...]] = field(default_factory=dict)

    def came(self) -> Iterator[tuple[Terms, tuple[datetime, ...]]]:
        """Every (hotel, job) for which slots came, with those slots, rising, in UTC."""
        for job in self._jobs():
            # Crontab lines serve these; what they have not opened within the grace is picked up.
            # A change of schedule settles all: nobody looks at the old one afterwards.
            after, until = self.since - GRACE, self.now - (GRACE if self.part is None else ZERO)
            slots = self._between(Terms.declared(job=job, hotel_id=0), after, until)
            if slots:
                hotels = without_own(Hotel.objects.filter(active=True), job=job)
                if self.part is not None:
                    hotels = hotels.filter(pk=self.part.hotel_id)
                for hotel_id in hotels.order_by("pk").values_list("pk", flat=True):
                    yield Terms.declared(job=job, hotel_id=hotel_id), slots
        for terms in self._own():
            after = max(self.since, terms.counts_from or self.since)
            if slots := self._between(terms, after, self.now):
                yield terms, slots

    def _jobs(self) -> list[Job]:
        only = self.part.job_name if self.part else None
        return [job for job in registry.all_jobs() if only in (None, job.name)]

    def _own(self) -> Iterator[Terms]:
        names = [job.name for job in self._jobs()]
        rows = JobSchedule.objects.select_related("hotel").filter(
            hotel__active=True, job_name__in=names
        )
        if self.part is not None:
            rows = rows.filter(hotel_id=self.part.hotel_id)
        return (Terms.of(row) for row in rows.order_by("pk").iterator(chunk_size=2000))

    def _between(self, terms: Terms, after: datetime, until: datetime) -> tuple[datetime, ...]:
        """The slots in (after, until]; hotels with the same schedule and zone share the answer."""
        key = (terms.expression, str(terms.zone), after)
        if key not in self._known:
            try:
                instants = expressions.between(
                    expression=terms.expression, zone=terms.zone, after=after, until=until
                )
                self._known[key] = tuple(instant.astimezone(UTC) for instant in instants)
            except BadExpression as error:
                self.problems.append(f"{terms.job_name} of hotel {terms.hotel_id}: {error}")
                return ()
        return self._known[key]


def plan(*, since: datetime, now: datetime, part: Part | None = None) -> Plan:
    """What became due in (since, now]: what to run, and what is too late for that.

    Hotels with a schedule of their own are looked at up to `now`; those on the declared one up to
    a grace period ago, since crontab serves them. Slots with an execution are left alone.
    """
    look = _Look(since=since, now=now, part=part)
    came = list(look.came())
    done = _done(came)
    due: list[Due] = []
    missed: list[tuple[Terms, Missed]] = []
    for terms, slots in came:
        of_hotel = done[terms.hotel_id, terms.job_name]
        settled = settle(slots=slots, done=of_hotel, terms=terms, now=now)
        due += (
            Due(
                job_name=terms.job_name,
                hotel_id=terms.hotel_id,
                slot=slot,
                trigger=Trigger.CATCH_UP if now - slot > GRACE else Trigger.CRON,
            )
            for slot in settled.run
        )
        missed += ((terms, each) for each in settled.missed)
    return Plan(due=tuple(due), missed=tuple(missed), problems=tuple(look.problems))


def _done(
    came: Iterable[tuple[Terms, tuple[datetime, ...]]],
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
