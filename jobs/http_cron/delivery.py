"""One delivery: run the current slot within the time budget and report the progress."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from time import monotonic
from typing import Any

from hotels.calendar import iso
from hotels.models import Hotel
from jobs import dispatch, runner, scheduling
from jobs.base import Job
from jobs.http_cron.lock import delivery_lock
from jobs.http_cron.slot_progress import SlotProgress, slot_progress
from jobs.models import Trigger

# A hotel that was started is finished, so the lock must outlast the budget by one hotel.
LONGEST_HOTEL = timedelta(seconds=30)
ALREADY_COMPLETE = "This run is already complete."
IN_PROGRESS = "Another call is running these hotels."
COMPLETE = "The run is complete."
INCOMPLETE = "The next call or the tick runs the remaining hotels."


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The result of a delivery."""

    job: Job
    slot: datetime
    progress: SlotProgress
    message: str

    @property
    def success(self) -> bool:
        """False if the latest finished attempt of any hotel failed or had problems."""
        return not (self.progress.failed or self.progress.with_problems)

    def status(self, *, strict: bool) -> HTTPStatus:
        """200 when every hotel has ended, otherwise 202; if `strict`, 500 without success."""
        if strict and not self.success:
            return HTTPStatus.INTERNAL_SERVER_ERROR
        return HTTPStatus.OK if self.progress.is_done else HTTPStatus.ACCEPTED

    def payload(self) -> dict[str, Any]:
        """Return the body of the response."""
        progress = self.progress
        return {
            "success": self.success,
            "job": self.job.name,
            "slot": iso(self.slot),
            "runId": progress.run_id,
            "message": self.message,
            "done": progress.done,
            "total": progress.total,
            "totals": progress.totals,
            "failedHotels": progress.failed,
            "hotelsWithProblems": progress.with_problems,
            "failures": list(progress.failures),
        }


def deliver_slot(*, job: Job, now: datetime, budget: float, concurrency: int) -> Delivery:
    """Run the slot of `job` that is current at `now`, for about `budget` seconds.

    The slot runs once per hotel, however often it is delivered. A repeated delivery continues with
    the remaining hotels, or reports that the run is complete.
    """
    until = monotonic() + budget
    slot = scheduling.latest_slot(expression=job.schedule, at=now)
    active = Hotel.objects.filter(active=True).only("code")
    hotels = list(scheduling.due_by_default(active, job=job, slot=slot, now=now))
    hotel_ids = [hotel.pk for hotel in hotels]
    runner.close_abandoned(job_name=job.name)  # a dead worker's would never end
    progress = slot_progress(job=job, slot=slot, hotel_ids=hotel_ids)
    if progress.is_done:
        return Delivery(job=job, slot=slot, progress=progress, message=ALREADY_COMPLETE)
    at_most = timedelta(seconds=budget) + LONGEST_HOTEL
    with delivery_lock(job_name=job.name, now=now, at_most=at_most) as acquired:
        if acquired:
            dispatch.run(
                job=job,
                hotels=hotels,
                now=now,
                trigger=Trigger.HTTP_CRON,
                slot=slot,
                concurrency=concurrency,
                stop=lambda: monotonic() >= until,
            )
    progress = slot_progress(job=job, slot=slot, hotel_ids=hotel_ids)
    unfinished = INCOMPLETE if acquired else IN_PROGRESS
    message = COMPLETE if progress.is_done else unfinished
    return Delivery(job=job, slot=slot, progress=progress, message=message)
