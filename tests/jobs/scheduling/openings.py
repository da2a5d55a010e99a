"""Hotels due daily, and what was opened for them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from hotels.models import Hotel
from jobs import tick
from jobs.models import JobExecution
from tests.factories import HotelFactory
from tests.jobs.engine import own_schedule

FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def hotels_due_daily(count: int, **columns: Any) -> list[Hotel]:
    """Hotels with their own schedule at 04:00 UTC, or as `columns` say."""
    hotels = HotelFactory.create_batch(count)
    for hotel in hotels:
        own_schedule(hotel, clock="UTC", **columns)
    return hotels


def slots(**columns: Any) -> list[tuple[int, datetime | None, str]]:
    """Hotel, slot and status of the executions, hotel by hotel."""
    rows = JobExecution.objects.filter(**columns).order_by("hotel_id", "scheduled_for")
    return list(rows.values_list("hotel_id", "scheduled_for", "status"))


def tick_at(now: datetime) -> tick.TickResult:
    """A tick on a machine whose clock shows `now`."""
    with time_machine.travel(now, tick=False):
        return tick.run_tick(now=now)
