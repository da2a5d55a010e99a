"""Setting own schedules at good local times for a hotel."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from hotels.audit import Via
from hotels.models import Hotel
from jobs.models import JobSchedule
from jobs.scheduling.advice import ScheduleAdvice, schedule_advice
from jobs.scheduling.changes import lock_schedules, save_schedule


@transaction.atomic
def set_local_times(
    *, hotel: Hotel, now: datetime, by: AbstractBaseUser, via: Via = Via.ADMIN
) -> list[JobSchedule]:
    """Replace each schedule that makes no sense in the hotel by its own one in hotel time.

    Other settings of an own schedule are kept. Returns the saved schedules: none if every schedule
    makes sense, so that a second call changes nothing. Each change is recorded in the audit trail.
    """
    # Without the key: bookings can still be added to the hotel. Two requests wait for each other.
    locked = Hotel.objects.locked().get(pk=hotel.pk)
    # All at once: each one saved takes the lock of the tick, after which none may be locked.
    lock_schedules(JobSchedule.objects.filter(hotel=locked))
    return [
        save_schedule(schedule=_schedule(advice), now=now, by=by, via=via)
        for advice in schedule_advice(hotels=[locked], now=now)
    ]


def _schedule(advice: ScheduleAdvice) -> JobSchedule:
    schedule = advice.schedule.own or JobSchedule(
        hotel=advice.hotel,
        job_name=advice.job.name,
        catch_up=advice.schedule.catch_up,
        attempts=advice.schedule.attempts,
    )
    schedule.clock = JobSchedule.Clock.HOTEL
    schedule.expression = advice.expression
    return schedule
