"""The schedule in effect for a job in a hotel: its own, or the default schedule of the job."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from typing import Self

from hotels.models import Hotel
from hotels.models.literal import KeyList
from hotels.models.scoping import HotelScopedQuerySet
from jobs import cron_expressions, registry
from jobs.base import Job
from jobs.models import DefaultSchedule, DefaultScheduleStart, JobSchedule
from jobs.models.execution import CLOCK_TOLERANCE

CatchUp = JobSchedule.CatchUp


@dataclass(frozen=True, kw_only=True)
class EffectiveSchedule:
    """The slots of a job in a hotel, and the policy for late ones.

    Slots until `counts_from` are not due. `own` is None where the default schedule is in effect.
    The slots of a hotel that is not active are skipped.
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
    hotel_active: bool = True
    own: JobSchedule | None = None

    @classmethod
    def declared(
        cls,
        *,
        job: Job,
        hotel_id: int,
        hotel_active: bool = True,
        counts_from: datetime | None = None,
    ) -> Self:
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
            hotel_active=hotel_active,
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
            hotel_active=schedule.hotel.active,
            own=schedule,
        )


def effective_schedule(*, hotel: Hotel, job: Job) -> EffectiveSchedule:
    """The schedule in effect for a job in a hotel."""
    (schedule,) = effective_schedules(hotels=[hotel], jobs=[job])
    return schedule


def effective_schedules(
    *, hotels: Sequence[Hotel], jobs: Iterable[Job] | None = None
) -> list[EffectiveSchedule]:
    """The schedules in effect for the given jobs, or all jobs; hotel by hotel, in three queries."""
    wanted = list(registry.all_jobs() if jobs is None else jobs)
    keys = KeyList(hotel.pk for hotel in hotels)
    rows = JobSchedule.objects.select_related("hotel").filter(hotel__in=keys)
    own = {(row.hotel_id, row.job_name): row for row in rows}
    starts = DefaultScheduleStart.objects.filter(hotel__in=keys)
    in_hotel = {(row.hotel_id, row.job_name): row.counts_from for row in starts}
    recorded = DefaultSchedule.objects.values_list("job_name", "counts_from")
    in_code = dict(recorded.exclude(counts_from=None))
    return [
        EffectiveSchedule.of(own[key])
        if (key := (hotel.pk, job.name)) in own
        else EffectiveSchedule.declared(
            job=job,
            hotel_id=hotel.pk,
            hotel_active=hotel.active,
            counts_from=_later(in_hotel.get(key), in_code.get(job.name)),
        )
        for hotel in hotels
        for job in wanted
    ]


def _later(*times: datetime | None) -> datetime | None:
    return max((at for at in times if at is not None), default=None)


def later_start(counts_from: datetime | None, *, after: datetime, now: datetime) -> datetime:
    """The later of `counts_from` and `after`; `after` if a clock ahead stored `counts_from`."""
    if counts_from is None or counts_from > now + CLOCK_TOLERANCE:
        return after
    return max(after, counts_from)


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


def due_by_default(
    hotels: HotelScopedQuerySet[Hotel], *, job: Job, slot: datetime, now: datetime
) -> HotelScopedQuerySet[Hotel]:
    """The hotels among `hotels` in which a slot of the default schedule of a job was due.

    It was not where the hotel follows that schedule only since then.
    """
    starts = DefaultScheduleStart.objects.filter(
        job_name=job.name, counts_from__gte=slot, counts_from__lte=now + CLOCK_TOLERANCE
    )
    return on_declared_schedule(hotels, job=job).exclude(pk__in=starts.values("hotel_id"))
