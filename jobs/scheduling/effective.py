"""The schedule in effect for a job in a hotel: its own, or the default schedule of the job."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from typing import Self

from hotels.models import Hotel
from hotels.models.scoping import HotelScopedQuerySet
from jobs import cron_expressions, registry
from jobs.base import Job
from jobs.models import DefaultScheduleStart, JobSchedule

CatchUp = JobSchedule.CatchUp


@dataclass(frozen=True, kw_only=True)
class EffectiveSchedule:
    """The slots of a job in a hotel, and the policy for late ones.

    Slots before `counts_from` are not due. `own` is None where the default schedule is in effect.
    """

    job_name: str
    hotel_id: int
    expression: str
    zone: tzinfo
    enabled: bool
    catch_up: str
    longest_lateness: timedelta | None
    attempts: int
    counts_from: datetime | None = None
    own: JobSchedule | None = None

    @classmethod
    def declared(cls, *, job: Job, hotel_id: int, counts_from: datetime | None = None) -> Self:
        """The job's default schedule, in UTC."""
        return cls(
            job_name=job.name,
            hotel_id=hotel_id,
            expression=job.schedule,
            zone=UTC,
            enabled=True,
            catch_up=CatchUp.ONCE,
            longest_lateness=None,
            attempts=job.attempts,
            counts_from=counts_from,
        )

    @classmethod
    def of(cls, schedule: JobSchedule) -> Self:
        """The schedule that a hotel has set for itself."""
        return cls(
            job_name=schedule.job_name,
            hotel_id=schedule.hotel_id,
            expression=schedule.expression,
            zone=schedule.zone,
            enabled=schedule.enabled,
            catch_up=schedule.catch_up,
            longest_lateness=schedule.longest_lateness,
            attempts=schedule.attempts,
            counts_from=schedule.counts_from,
            own=schedule,
        )


def effective_schedule(*, hotel: Hotel, job: Job) -> EffectiveSchedule:
    """The schedule in effect for a job in a hotel."""
    (schedule,) = effective_schedules(hotels=[hotel], jobs=[job])
    return schedule


def effective_schedules(
    *, hotels: Sequence[Hotel], jobs: Iterable[Job] | None = None
) -> list[EffectiveSchedule]:
    """The schedules in effect for the given jobs, or all jobs; hotel by hotel, in two queries."""
    wanted = list(registry.all_jobs() if jobs is None else jobs)
    rows = JobSchedule.objects.select_related("hotel").filter(hotel__in=hotels)
    own = {(row.hotel_id, row.job_name): row for row in rows}
    starts = DefaultScheduleStart.objects.filter(hotel__in=hotels)
    since = {(row.hotel_id, row.job_name): row.counts_from for row in starts}
    return [
        EffectiveSchedule.of(own[key])
        if (key := (hotel.pk, job.name)) in own
        else EffectiveSchedule.declared(job=job, hotel_id=hotel.pk, counts_from=since.get(key))
        for hotel in hotels
        for job in wanted
    ]


def upcoming_slots(*, schedule: EffectiveSchedule, after: datetime, count: int) -> list[datetime]:
    """The next slots after an instant, in the zone of the schedule; none if it is switched off."""
    if not schedule.enabled:
        return []
    instants = cron_expressions.upcoming(
        expression=schedule.expression, zone=schedule.zone, after=after
    )
    return list(islice(instants, count))


def on_declared_schedule(
    hotels: HotelScopedQuerySet[Hotel], *, job: Job
) -> HotelScopedQuerySet[Hotel]:
    """The hotels among `hotels` that follow the default schedule of a job."""
    return hotels.exclude(job_schedules__job_name=job.name)
