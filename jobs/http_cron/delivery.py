"""One delivery: claim the current slot, work at it within the budget, tell how far it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from time import monotonic
from typing import Any

from hotels.models import Hotel
from jobs import dispatch, scheduling
from jobs.base import Job
from jobs.cli.output import iso
from jobs.http_cron.lock import delivery_lock
from jobs.http_cron.slot_progress import SlotProgress, slot_progress
from jobs.models import Trigger

# A hotel that is begun is finished; for so long the others wait before they lend a hand.
LONGEST_HOTEL = timedelta(seconds=30)
ALREADY = "The slot was done already."
BUSY = "Another delivery works at it."
DONE = "All hotels are done."
MORE = "The rest waits for the next call or the tick."


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What a delivery came to."""

    job: Job
    slot: datetime
    progress: SlotProgress
    message: str

    @property
    def status(self) -> HTTPStatus:
        """200 when nothing is left of the slot, however its hotels ended; else 202."""
        return HTTPStatus.OK if self.progress.is_done else HTTPStatus.ACCEPTED

    def payload(self) -> dict[str, Any]:
        """As the caller reads it."""
        found = self.progress
        return {
            "success": not found.failed,
            "job": self.job.name,
            "slot": iso(self.slot),
            "runId": found.run_id,
            "message": self.message,
            "done": found.done,
            "total": found.total,
            "totals": found.totals,
            "failedHotels": found.failed,
            "failures": list(found.failures),
        }


def deliver_slot(*, job: Job, now: datetime, budget: float, concurrency: int) -> Delivery:
    """Work at the slot of `job` that is current at `now`, for about `budget` seconds.

    The slot runs once, however often it is delivered: what is done is told, what is left goes on.
    """
    until = monotonic() + budget
    slot = scheduling.latest_slot(expression=job.schedule, at=now)
    active = Hotel.objects.filter(active=True).only("code")
    hotels = list(scheduling.on_declared_schedule(active, job=job))
    hotel_ids = [hotel.pk for hotel in hotels]
    found = slot_progress(job=job, slot=slot, hotel_ids=hotel_ids)
    if found.is_done:
        return Delivery(job=job, slot=slot, progress=found, message=ALREADY)
    at_most = timedelta(seconds=budget) + LONGEST_HOTEL
    with delivery_lock(job_name=job.name, now=now, at_most=at_most) as ours:
        if ours:
            dispatch.run(
                job=job,
                hotels=hotels,
                now=now,
                trigger=Trigger.HTTP_CRON,
                slot=slot,
                concurrency=concurrency,
                stop=lambda: monotonic() >= until,
            )
    found = slot_progress(job=job, slot=slot, hotel_ids=hotel_ids)
    left = MORE if ours else BUSY
    return Delivery(job=job, slot=slot, progress=found, message=DONE if found.is_done else left)
