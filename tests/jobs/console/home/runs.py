"""Executions and status lines for the tests of the home page."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hotels.models import Hotel
from jobs.base import Job
from jobs.console.home.clock import HomeClock
from jobs.console.home.job_status import job_statuses
from jobs.console.home.summaries import status_lines
from jobs.models import JobExecution, Status
from tests.factories import HotelFactory
from tests.jobs.engine import of_slot

SLOT = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
BEFORE = SLOT - timedelta(days=1)
NOW = datetime(2026, 7, 15, 4, 12, tzinfo=UTC)


def ran(hotel: Hotel, slot: datetime = SLOT, **columns: Any) -> JobExecution:
    """Return an execution of a slot that ended three minutes after it."""
    ended = {"completed_at": slot + timedelta(minutes=3)}
    if columns.get("status") in (Status.PENDING, Status.RUNNING):
        ended = {}
    defaults = {"status": Status.COMPLETED, "started_at": slot, "created_at": slot} | ended
    return of_slot(hotel, slot, **defaults | columns)


def failed(hotel: Hotel, **columns: Any) -> JobExecution:
    return ran(hotel, status=Status.FAILED, failure_kind="failed", error="closed", **columns)


def lines(job: Job, *hotels: Hotel, now: datetime = NOW) -> list[str]:
    statuses = job_statuses(hotels=hotels, jobs=[job], now=now)[job.name]
    clock = HomeClock.of(hotels=hotels, now=now)
    return [line.text for line in status_lines(statuses=statuses, clock=clock)]


def kuwait(**more: Any) -> Hotel:
    hotel: Hotel = HotelFactory(name="Kuwait", timezone="Asia/Kuwait", **more)
    return hotel
