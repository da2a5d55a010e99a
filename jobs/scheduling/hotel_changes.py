"""Changes of a hotel that decide what is due: slots until then are settled by the old facts.

`JobsConfig` imports this module, which registers its functions with `hotels.property_changes`.
"""

from datetime import datetime

from hotels.models import Hotel
from hotels.property_changes import HotelChange, register_after_creation, register_before_change
from jobs import registry
from jobs.models import DefaultScheduleStart, JobSchedule
from jobs.scheduling.changes import lock_schedules
from jobs.scheduling.opening import open_due_before_change


def settle_slots(change: HotelChange) -> None:
    """Open the slots of the hotel that are due until now; its schedules then count from now.

    Where no tick runs, nothing is opened, and a new time zone changes nothing: the other
    schedulers start the jobs by the default schedules, in UTC. Raises ClockDiffers.
    """
    lock_schedules(JobSchedule.objects.filter(hotel=change.hotel))
    settled = open_due_before_change(hotel_id=change.hotel.pk, now=change.now)
    if settled or "active" in change.fields:
        JobSchedule.objects.filter(hotel=change.hotel).update(counts_from=change.now)
        start_default_schedules(change.hotel, change.now)


def start_default_schedules(hotel: Hotel, now: datetime) -> None:
    """Let the default schedules count from now on in a hotel, for the jobs without its own."""
    own = set(JobSchedule.objects.filter(hotel=hotel).values_list("job_name", flat=True))
    names = sorted({job.name for job in registry.all_jobs()} - own)
    DefaultScheduleStart.objects.bulk_create(
        [DefaultScheduleStart(hotel=hotel, job_name=name, counts_from=now) for name in names],
        update_conflicts=True,
        unique_fields=["hotel", "job_name"],
        update_fields=["counts_from"],
    )


register_before_change(settle_slots)
register_after_creation(start_default_schedules)
