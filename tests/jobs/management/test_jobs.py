"""`manage.py jobs`: the next run of a job is that of the hotels' own schedules."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from hotels.models import Hotel
from tests.factories import HotelFactory
from tests.jobs.engine import only_job, own_schedule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    noon = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
    with time_machine.travel(noon, tick=False), only_job():
        yield


def next_run() -> str | None:
    out = StringIO()
    call_command("jobs", "--json", stdout=out)
    (job,) = json.loads(out.getvalue())["jobs"]
    found: str | None = job["nextRun"]
    return found


def test_the_default_schedule_is_in_effect_without_a_hotel() -> None:
    assert next_run() == "2026-07-16T04:00:00Z"


def test_the_earliest_run_of_any_active_hotel_is_next(hotel: Hotel) -> None:
    own_schedule(hotel, "30 5 * * *", clock="UTC")
    own_schedule(HotelFactory(timezone="Asia/Tokyo"), "0 4 * * *")
    own_schedule(HotelFactory(active=False), "0 13 * * *", clock="UTC")

    assert next_run() == "2026-07-15T19:00:00Z"


def test_a_job_that_is_switched_off_everywhere_has_no_next_run(hotel: Hotel) -> None:
    own_schedule(hotel, enabled=False)

    assert next_run() is None
