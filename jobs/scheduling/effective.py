"""What holds for a job in a hotel: its own schedule, or the declared one where it has none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from typing import Self

from hotels.models import Hotel
from hotels.models.scoping import HotelScopedQuerySet
from jobs import cron_expressions, registry
from jobs.base import Job
from jobs.models import JobSchedule

CatchUp = JobSchedule.CatchUp


@dataclass(frozen=True, kw_only=True)
class EffectiveSchedule:
    """When a job is due for a hotel, and what becomes of slots that are late."""

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
    def declared(cls, *, job: Job, hotel_id: int) -> Self:
        """Those of a hotel without a schedule of its own: as declared, in UTC."""
        return cls(
            job_name=job.name,
            hotel_id=hotel_id,
            expression=job.schedule,
            zone=UTC,
            enabled=True,
            catch_up=CatchUp.ONCE,
            longest_lateness=None,
            attempts=job.attempts,
        )

    @classmethod
    def of(cls, schedule: JobSchedule) -> Self:
        """Those of a hotel's own schedule."""
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
    """What holds for a job in a hotel."""
    own = JobSchedule.objects.select_related("hotel").filter(hotel=hotel, job_name=job.name).first()
    return (
        EffectiveSchedule.of(own) if own else EffectiveSchedule.declared(job=job, hotel_id=hotel.pk)
    )


def effective_schedules(
    *, hotels: Sequence[Hotel], jobs: Iterable[Job] | None = None
) -> list[EffectiveSchedule]:
    """What holds for all jobs, or those given, in some hotels; hotel by hotel, in one query."""
    wanted = list(registry.all_jobs() if jobs is None else jobs)
    rows = JobSchedule.objects.select_related("hotel").filter(hotel__in=hotels)
    own = {(row.hotel_id, row.job_name): row for row in rows}
    return [
        EffectiveSchedule.of(own[hotel.pk, job.name])
        if (hotel.pk, job.name) in own
        else EffectiveSchedule.declared(job=job, hotel_id=hotel.pk)
        for hotel in hotels
        for job in wanted
    ]


def upcoming_slots(*, terms: EffectiveSchedule, after: datetime, count: int) -> list[datetime]:
    """The next slots after an instant, in the zone of the schedule; none where it is off."""
    if not terms.enabled:
        return []
    instants = cron_expressions.upcoming(expression=terms.expression, zone=terms.zone, after=after)
    return list(islice(instants, count))


def on_declared_schedule(
    hotels: HotelScopedQuerySet[Hotel], *, job: Job
) -> HotelScopedQuerySet[Hotel]:
    """Those of the hotels for which the declared schedule of a job holds."""
    return hotels.exclude(job_schedules__job_name=job.name)
