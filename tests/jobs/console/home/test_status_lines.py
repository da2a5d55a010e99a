"""Status lines of the jobs on the home page, and the statuses they are made of."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from hotels.models import Hotel
from jobs.base import Job
from jobs.console.home.clock import HomeClock
from jobs.console.home.job_status import JobStatus, job_statuses
from jobs.console.home.summaries import status_lines
from jobs.models import SkipReason, Status
from jobs.scheduling.changes import delete_schedule, switch_schedule
from tests.factories import HotelFactory, UserFactory
from tests.jobs.console.home.runs import BEFORE, NOW, SLOT, failed, kuwait, lines, ran
from tests.jobs.engine import own_schedule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _frozen_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_completion_in_all_hotels_is_shown_with_the_time(greetings: Job) -> None:
    hotels = [HotelFactory(timezone="Europe/Lisbon") for _ in range(4)]
    for hotel in hotels:
        ran(hotel)

    assert lines(greetings, *hotels) == ["Completed for all 4 hotels (05:03)."]


def test_times_are_in_utc_for_hotels_in_different_time_zones(greetings: Job) -> None:
    hotels = [HotelFactory(timezone="Europe/Lisbon"), kuwait()]
    for hotel in hotels:
        ran(hotel)

    assert lines(greetings, *hotels) == ["Completed for all 2 hotels (04:03 UTC)."]


def test_completion_at_different_times_is_shown_with_the_first_and_the_last(
    greetings: Job,
) -> None:
    hotels = [HotelFactory(timezone="Europe/Lisbon") for _ in range(3)]
    for number, hotel in enumerate(hotels):
        ran(hotel, completed_at=SLOT + timedelta(minutes=2 * number))

    assert lines(greetings, *hotels) == [
        "Completed for all 3 hotels (first: 05:00, last: 05:04).",
    ]


def test_completion_in_a_single_hotel_is_shown_without_a_count(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel)

    assert lines(greetings, hotel) == ["Completed (07:03)."]


def test_a_failed_hotel_is_shown_with_its_next_attempt(greetings: Job) -> None:
    hotel = kuwait()
    at = NOW + timedelta(minutes=2)
    ran(hotel, status=Status.PENDING, attempt=3, not_before=at, started_at=None)

    assert lines(greetings, hotel) == ["Failed 2 times in Kuwait. Next attempt: 07:14."]


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [(1, "Next attempt due now."), (31, "Next attempt overdue since 06:41.")],
)
def test_an_attempt_that_should_have_started_is_not_announced(
    greetings: Job, minutes: int, sentence: str
) -> None:
    hotel = kuwait()
    at = NOW - timedelta(minutes=minutes)
    ran(hotel, status=Status.PENDING, attempt=2, not_before=at, started_at=None)

    assert lines(greetings, hotel) == [f"Failed once in Kuwait. {sentence}"]


def test_an_execution_that_waits_too_long_says_so(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel, status=Status.PENDING, started_at=None)

    later = NOW + timedelta(minutes=20)
    assert lines(greetings, hotel, now=later) == ["Waiting to start for up to 32 min: Kuwait."]


def test_a_hotel_that_failed_after_all_attempts_comes_first(greetings: Job) -> None:
    hotel, other = kuwait(), HotelFactory()
    failed(hotel, attempt=3)
    ran(other)

    first, second = lines(greetings, hotel, other)

    assert first == "Failed in Kuwait after 3 attempts."
    assert second.startswith("Completed without problems for 1 of 2 hotels (")


@pytest.mark.parametrize(
    ("now", "at", "written"),
    [
        ("2026-11-29 03:05", "2026-11-28 15:55", "28 Nov 2026, 15:55"),
        ("2026-11-29 03:05", "2026-11-28 22:00", "22:00"),
        ("2026-11-29 23:00", "2026-11-29 00:10", "00:10"),
        ("2026-11-29 16:00", "2026-11-30 04:00", "30 Nov 2026, 04:00"),
    ],
)
def test_a_time_of_another_day_has_its_date_unless_it_is_near(
    now: str, at: str, written: str
) -> None:
    zone = ZoneInfo("Europe/Lisbon")
    clock = HomeClock(now=datetime.fromisoformat(now).replace(tzinfo=zone), zone=zone)

    assert clock.text(datetime.fromisoformat(at).replace(tzinfo=zone)) == written


def test_many_failures_are_counted_and_the_first_hotels_named(greetings: Job) -> None:
    hotels = [HotelFactory(name=name) for name in ("A", "B", "C", "D", "E")]
    for hotel in hotels:
        failed(hotel)

    assert lines(greetings, *hotels) == ["Failed in 5 hotels: A, B, C, 2 more."]


def test_a_slot_without_an_execution_is_overdue(greetings: Job) -> None:
    hotel = HotelFactory(name="Tokyo", timezone="Asia/Tokyo")
    ran(hotel, BEFORE)

    assert lines(greetings, hotel)[0] == "12 min late in Tokyo."


def test_lateness_counts_from_the_first_slot_that_did_not_run(greetings: Job) -> None:
    """Also just after the next slot, while that one is within the grace period."""
    hotel = kuwait()
    own_schedule(hotel, "0 */2 * * *", clock="UTC", counts_from=BEFORE)
    ran(hotel, SLOT - timedelta(hours=6))

    assert lines(greetings, hotel)[0] == "4 hours late in Kuwait."
    now = SLOT + timedelta(minutes=1)
    assert lines(greetings, hotel, now=now)[0] == "4 hours late in Kuwait."


def test_a_slot_is_not_overdue_within_the_grace_period(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel, BEFORE)

    assert len(lines(greetings, hotel, now=SLOT + timedelta(minutes=4))) == 1


def test_a_slot_before_a_schedule_change_is_not_overdue(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel, BEFORE)
    own_schedule(hotel, "5 7 * * *", counts_from=NOW - timedelta(minutes=1))

    assert len(lines(greetings, hotel)) == 1


def test_a_schedule_that_is_switched_off_is_never_overdue(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel, BEFORE)
    own_schedule(hotel, enabled=False)

    assert lines(greetings, hotel)[1:] == ["Completed (14 Jul 2026, 07:03)."]


def test_a_new_hotel_has_not_run_and_is_not_overdue(greetings: Job) -> None:
    assert lines(greetings, kuwait()) == ["Not run yet."]


def test_running_and_waiting_hotels_are_named(greetings: Job) -> None:
    running, pending = kuwait(), HotelFactory(name="Lisbon")
    token = "11111111-1111-1111-1111-111111111111"
    ran(running, status=Status.RUNNING, token=token, lease_expires_at=NOW)
    ran(pending, status=Status.PENDING, started_at=None, created_at=NOW)

    assert lines(greetings, running, pending) == [
        "Running now: Kuwait.",
        "Waiting to start: Lisbon.",
    ]


def test_a_skipped_execution_is_shown_with_its_reason(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel, status=Status.SKIPPED, skip_reason=SkipReason.DISABLED)

    assert lines(greetings, hotel) == ["Skipped: Kuwait. Reason: Switched off for this hotel."]


def test_only_the_latest_execution_counts(greetings: Job) -> None:
    hotel = kuwait()
    failed(hotel)
    ran(hotel, attempt=2)

    assert lines(greetings, hotel) == ["Completed (07:03)."]


def test_the_default_schedule_is_not_overdue_for_slots_before_an_own_one_was_deleted(
    greetings: Job, hotel: Hotel
) -> None:
    own = own_schedule(hotel, "0 20 * * *")
    delete_schedule(schedule=own, now=NOW - timedelta(minutes=1), by=UserFactory())

    (status,) = job_statuses(hotels=[hotel], jobs=[greetings], now=NOW)[greetings.name]

    assert status.last_slot is None


def test_job_statuses_take_five_queries_for_any_number_of_hotels(
    greetings: Job, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    hotels = [HotelFactory() for _ in range(20)]
    for hotel in hotels:
        ran(hotel)

    def read(count: int) -> list[JobStatus]:
        return job_statuses(hotels=hotels[:count], jobs=[greetings], now=NOW)[greetings.name]

    assert queries_of(lambda: read(20)) == queries_of(lambda: read(2)) == 5


def test_the_runs_before_waiting_attempts_take_two_more_queries(
    greetings: Job, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    hotels = [HotelFactory() for _ in range(20)]
    for hotel in hotels:
        failed(hotel)
        ran(hotel, status=Status.PENDING, attempt=2, not_before=NOW, started_at=None)

    def read(count: int) -> list[JobStatus]:
        return job_statuses(hotels=hotels[:count], jobs=[greetings], now=NOW)[greetings.name]

    assert queries_of(lambda: read(20)) == queries_of(lambda: read(2)) == 7


def test_a_hotel_with_problems_is_named_and_not_counted_as_done(greetings: Job) -> None:
    hotels = [HotelFactory(timezone="Europe/Lisbon") for _ in range(3)]
    for hotel in hotels:
        ran(hotel)
    troubled = kuwait()
    ran(troubled, problems=3)

    statuses = job_statuses(hotels=[*hotels, troubled], jobs=[greetings], now=NOW)[greetings.name]
    clock = HomeClock.of(hotels=[*hotels, troubled], now=NOW)
    first, second = status_lines(statuses=statuses, clock=clock)

    assert (first.tone, first.text) == ("warn", "Completed with 3 problems in Kuwait.")
    assert second.text.startswith("Completed without problems for 3 of 4 hotels")


def test_several_hotels_with_problems_are_counted(greetings: Job) -> None:
    hotels = [HotelFactory(name=name) for name in ("A", "B")]
    for hotel in hotels:
        ran(hotel, problems=1)

    assert lines(greetings, *hotels) == ["Completed with problems in 2 hotels: A, B."]


def test_a_paused_job_is_named_with_who_paused_it_before_it_would_be_due(greetings: Job) -> None:
    hotel = kuwait()
    ran(hotel)
    user = UserFactory(username="ana")
    switch_schedule(hotel=hotel, job=greetings, enabled=False, now=NOW, by=user)

    assert lines(greetings, hotel) == [
        "Paused in Kuwait since 07:12 by ana.",
        "Completed (07:03).",
    ]

    switch_schedule(hotel=hotel, job=greetings, enabled=True, now=NOW, by=user)

    assert lines(greetings, hotel) == ["Completed (07:03)."]


def test_pauses_of_several_hotels_are_one_line_and_not_also_skipped(greetings: Job) -> None:
    hotels = [kuwait(), HotelFactory(name="Porto", timezone="Asia/Kuwait")]
    for number, hotel in enumerate(hotels):
        ran(hotel, status=Status.SKIPPED, skip_reason=SkipReason.DISABLED, started_at=None)
        at, user = NOW - timedelta(minutes=number), UserFactory(username=f"user{number}")
        switch_schedule(hotel=hotel, job=greetings, enabled=False, now=at, by=user)

    assert lines(greetings, *hotels) == [
        "Paused in 2 hotels: Kuwait, Porto. The latest at 07:12 by user0."
    ]
