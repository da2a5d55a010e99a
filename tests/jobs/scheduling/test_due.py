"""Which slots came since the last look, hotel by hotel."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotels.models import Hotel
from jobs import scheduling
from jobs.models import JobSchedule, Trigger
from jobs.scheduling import GRACE, SlotPlan
from tests.factories import HotelFactory
from tests.jobs.engine import of_slot, only_job, own_schedule

pytestmark = pytest.mark.django_db

FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _job() -> Iterator[None]:
    with only_job():
        yield


def plan(since: datetime, now: datetime) -> SlotPlan:
    return scheduling.plan_slots(since=since, now=now)


def slots(found: SlotPlan) -> list[tuple[int, datetime]]:
    return [(due.hotel_id, due.slot) for due in found.due]


@pytest.mark.usefixtures("hotel")
def test_the_declared_schedule_is_left_to_crontab_for_the_grace_period() -> None:
    assert plan(FOUR - MINUTE, FOUR + GRACE - MINUTE).due == ()


def test_what_crontab_did_not_open_within_the_grace_period_is_picked_up(hotel: Hotel) -> None:
    found = plan(FOUR + GRACE - MINUTE, FOUR + GRACE)

    assert slots(found) == [(hotel.pk, FOUR)]
    assert found.due[0].trigger == Trigger.CRON


def test_what_crontab_opened_is_left_alone(hotel: Hotel) -> None:
    of_slot(hotel, FOUR)

    assert plan(FOUR + GRACE - MINUTE, FOUR + GRACE) == SlotPlan()


def test_downtime_is_caught_up_by_one_run_and_the_rest_is_told(hotel: Hotel) -> None:
    found = plan(FOUR - timedelta(days=2, hours=12), FOUR + timedelta(hours=1))

    assert slots(found) == [(hotel.pk, FOUR)]
    assert found.due[0].trigger == Trigger.CATCH_UP
    assert [each.slot for _, each in found.missed] == [
        FOUR - timedelta(days=2),
        FOUR - timedelta(days=1),
    ]


def test_an_own_schedule_is_due_at_its_minute_in_the_hotels_time() -> None:
    tokyo = HotelFactory(timezone="Asia/Tokyo")
    own_schedule(tokyo, "30 13 * * *")

    found = plan(FOUR + 29 * MINUTE, FOUR + 30 * MINUTE)

    assert slots(found) == [(tokyo.pk, FOUR + 30 * MINUTE)]


def test_an_own_schedule_may_be_read_in_utc() -> None:
    tokyo = HotelFactory(timezone="Asia/Tokyo")
    own_schedule(tokyo, "30 4 * * *", clock=JobSchedule.Clock.UTC)

    assert slots(plan(FOUR, FOUR + 30 * MINUTE)) == [(tokyo.pk, FOUR + 30 * MINUTE)]


def test_a_night_without_the_hour_has_its_slot_just_after_the_gap() -> None:
    lisbon = HotelFactory(timezone="Europe/Lisbon")
    own_schedule(lisbon, "30 1 * * *")
    gap = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)

    assert slots(plan(gap - timedelta(hours=2), gap)) == [(lisbon.pk, gap)]


def test_a_night_with_the_hour_twice_has_its_slot_once() -> None:
    lisbon = HotelFactory(timezone="Europe/Lisbon")
    own_schedule(lisbon, "30 1 * * *", catch_up="ALL")
    night = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)

    found = plan(night - timedelta(hours=1), night + timedelta(hours=3))

    assert slots(found) == [(lisbon.pk, night + 30 * MINUTE)]


def test_slots_before_a_schedule_counts_are_not_due(hotel: Hotel) -> None:
    own_schedule(hotel, "0 4 * * *", counts_from=FOUR)

    assert plan(FOUR - timedelta(days=2), FOUR) == SlotPlan()


def test_a_disabled_schedule_tells_its_slots_as_skipped(hotel: Hotel) -> None:
    own_schedule(hotel, "0 4 * * *", clock="UTC", enabled=False)

    found = plan(FOUR - MINUTE, FOUR)

    assert found.due == ()
    assert [each.reason for _, each in found.missed] == ["disabled"]


def test_the_slots_of_a_hotel_that_is_not_active_are_skipped() -> None:
    own_schedule(HotelFactory(active=False), clock="UTC")
    HotelFactory(active=False)

    found = plan(FOUR - timedelta(days=2), FOUR + GRACE)

    assert found.due == ()
    assert [each.reason for _, each in found.missed] == ["inactive"] * 5


def test_a_schedule_that_cannot_be_read_is_a_problem_and_stops_no_other(hotel: Hotel) -> None:
    own_schedule(hotel, "61 4 * * *")
    other = HotelFactory(timezone="UTC")
    own_schedule(other, "0 4 * * *")

    found = plan(FOUR - MINUTE, FOUR)

    assert slots(found) == [(other.pk, FOUR)]
    assert len(found.problems) == 1
    assert "61 4 * * *" in found.problems[0]


def test_a_schedule_of_a_job_that_is_gone_is_left(hotel: Hotel) -> None:
    own_schedule(hotel, "0 4 * * *", job_name="shine-shoes")

    assert plan(FOUR - MINUTE, FOUR) == SlotPlan()


def test_looking_takes_no_more_queries_for_more_hotels(
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    def look() -> SlotPlan:
        return plan(FOUR - timedelta(days=3), FOUR + GRACE)

    for hotel in HotelFactory.create_batch(2):
        own_schedule(hotel)
    HotelFactory()
    few = queries_of(look)
    for hotel in HotelFactory.create_batch(20):
        own_schedule(hotel)
    HotelFactory.create_batch(20)

    assert queries_of(look) == few
