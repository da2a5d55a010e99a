"""All that Home shows of some hotels: the status of each job, and the items."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from hotels.action_items import ActionItem, action_items
from hotels.models import Hotel
from hotels.roles import Access
from jobs import registry
from jobs.alerts.item_marks import SCHEDULES
from jobs.console.home.action_items import job_action_items
from jobs.console.home.clock import HomeClock
from jobs.console.home.job_status import JobStatus, job_statuses
from jobs.console.home.schedule_items import schedule_action_items
from jobs.console.home.worker_items import worker_action_items
from jobs.roles import follows

Statuses = Mapping[str, Sequence[JobStatus]]


def statuses_of(*, hotels: Sequence[Hotel], access: Access, now: datetime) -> Statuses:
    """Return the statuses of the jobs that concern the user, by job name."""
    found = job_statuses(hotels=hotels, jobs=registry.all_jobs(), now=now)
    return {
        name: [
            each for each in of_job if follows(access=access, job_name=name, hotel_id=each.hotel.pk)
        ]
        for name, of_job in found.items()
    }


def items_of(
    statuses: Statuses, *, hotels: Sequence[Hotel], access: Access, clock: HomeClock
) -> list[ActionItem]:
    """Return all items of the hotels that the user's roles show, and those about the workers."""
    office = [
        hotel for hotel in hotels if access.has_role(roles=SCHEDULES.roles, hotel_id=hotel.pk)
    ]
    return [
        *worker_action_items(access=access, now=clock.now),
        *job_action_items(statuses, clock=clock),
        *action_items(hotels=hotels, access=access, now=clock.now),
        *schedule_action_items(statuses, hotels=office, now=clock.now),
    ]
