"""Daily statistics: time zone, storage of closed days, archive before pruning."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

import pytest

from hotels.models import Hotel
from jobs import pruning
from jobs.models import DailyFigures, JobExecution, Status
from jobs.statistics import Scope, archive_statistics, daily_statistics
from jobs.statistics import daily as days_module
from tests.factories import HotelFactory
from tests.jobs.console.books import JOB, ended

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)


def figures(scope: Scope, day: date, *, now: datetime = NOW) -> Any:
    return daily_statistics(scope=scope, first=day, last=day, now=now).by_day.get(day, {}).get(JOB)


def test_days_of_one_hotel_are_in_its_time_zone() -> None:
    tokyo = HotelFactory(timezone="Asia/Tokyo")
    ended(tokyo, datetime(2026, 7, 13, 16, 0, tzinfo=UTC))  # the 14th there

    assert figures(Scope.of_hotel(tokyo), date(2026, 7, 14)).completed == 1


def test_days_of_several_hotels_are_in_utc() -> None:
    tokyo = HotelFactory(timezone="Asia/Tokyo")
    ended(tokyo, datetime(2026, 7, 13, 16, 0, tzinfo=UTC))

    assert figures(Scope.of_some(hotel_ids=[tokyo.pk]), date(2026, 7, 13)).completed == 1


def test_an_execution_counts_on_the_day_it_ended(hotel: Hotel) -> None:
    late = datetime(2026, 7, 13, 23, 59, 59, tzinfo=UTC)
    ended(hotel, late, took=timedelta(seconds=2))

    assert figures(Scope.of_some(hotel_ids=[hotel.pk]), date(2026, 7, 14)).completed == 1


def test_each_attempt_is_counted(hotel: Hotel) -> None:
    at = NOW - DAY
    first = ended(hotel, at, status=Status.FAILED)
    ended(hotel, at, attempt=2, first_attempt=first)

    found = figures(Scope.of_some(hotel_ids=[hotel.pk]), at.date())
    assert (found.completed, found.failed) == (1, 1)


def test_a_closed_day_is_read_back_unchanged(hotel: Hotel) -> None:
    scope = Scope.of_hotel(hotel)
    result = {"totalPenalty": "100.10", "currency": "EUR", "noShowsDetected": 2}
    ended(hotel, NOW - DAY, result=result | {"occupancyRate": "71.30"})
    first = figures(scope, TODAY - DAY)
    JobExecution.objects.all().delete()

    assert figures(scope, TODAY - DAY) == first


def test_a_closed_day_is_stored_once(hotel: Hotel) -> None:
    scope = Scope.of_hotel(hotel)
    for _ in range(2):
        figures(scope, TODAY - DAY)

    assert DailyFigures.objects.count() == 1


def test_an_open_day_is_not_stored(hotel: Hotel) -> None:
    scope = Scope.of_hotel(hotel)
    figures(scope, TODAY)
    ended(hotel, NOW - timedelta(minutes=5))

    assert figures(scope, TODAY).completed == 1
    assert not DailyFigures.objects.exists()


def test_a_day_that_has_just_ended_is_still_open(hotel: Hotel) -> None:
    scope = Scope.of_some(hotel_ids=[hotel.pk])
    figures(scope, TODAY - DAY, now=datetime(2026, 7, 15, 0, 59, tzinfo=UTC))

    assert not DailyFigures.objects.exists()


def test_a_day_begins_after_a_skipped_midnight() -> None:
    santiago = HotelFactory(timezone="America/Santiago")

    begins = Scope.of_hotel(santiago).begins(date(2026, 9, 6))
    assert begins == datetime(2026, 9, 6, 4, 0, tzinfo=UTC)


def test_a_request_counts_a_limited_number_of_days_and_the_next_continues(hotel: Hotel) -> None:
    scope = Scope.of_hotel(hotel)
    two_days = 2 * days_module.EXECUTIONS_PER_DAY
    with mock.patch.object(days_module, "EXECUTIONS_PER_REQUEST", two_days):
        first = daily_statistics(scope=scope, first=TODAY - 3 * DAY, last=TODAY - DAY, now=NOW)
        second = daily_statistics(scope=scope, first=TODAY - 3 * DAY, last=TODAY - DAY, now=NOW)

    assert first.uncounted == (TODAY - 3 * DAY,)
    assert second.uncounted == ()


def test_users_with_the_same_hotels_share_stored_days() -> None:
    assert Scope.of_some(hotel_ids=[2, 1]) == Scope.of_some(hotel_ids=[1, 2])
    assert Scope.of_some(hotel_ids=[1]).key != Scope.of_some(hotel_ids=[2]).key


def test_more_executions_take_no_more_queries(
    hotel: Hotel, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    def read() -> Any:
        DailyFigures.objects.all().delete()
        return daily_statistics(
            scope=Scope.of_hotel(hotel), first=TODAY - 9 * DAY, last=TODAY, now=NOW
        )

    ended(hotel, NOW - DAY)
    few = queries_of(read)
    for n in range(1, 9):
        ended(hotel, NOW - n * DAY - timedelta(hours=1))

    assert queries_of(read) == few


def test_pruning_first_stores_the_statistics_of_each_hotel_and_of_all(hotel: Hotel) -> None:
    day = date(2020, 7, 14)
    ended(hotel, datetime(2020, 7, 14, 12, 0, tzinfo=UTC), status=Status.FAILED)

    list(pruning.prune(before=datetime(2020, 8, 1, tzinfo=UTC)))

    assert not JobExecution.objects.exists()
    for scope in (Scope.of_hotel(hotel), Scope.of_all(hotel_ids=[hotel.pk])):
        assert figures(scope, day).failed == 1


def test_the_last_pruned_day_is_stored_completely(hotel: Hotel) -> None:
    noon = datetime(2020, 7, 14, 12, 0, tzinfo=UTC)
    for hours in (-1, 1):
        ended(hotel, noon + timedelta(hours=hours), status=Status.FAILED)

    list(pruning.prune(before=noon))

    assert JobExecution.objects.count() == 1
    assert figures(Scope.of_hotel(hotel), noon.date()).failed == 2


def test_only_days_of_deleted_executions_are_archived(hotel: Hotel) -> None:
    """What lies between them is counted when a page shows it."""
    for day in (1, 2, 9):
        ended(hotel, datetime(2020, 7, day, 12, 0, tzinfo=UTC), status=Status.FAILED)

    list(pruning.prune(before=datetime(2020, 8, 1, tzinfo=UTC)))

    stored = DailyFigures.objects.filter(scope="all").order_by("day").values_list("day", flat=True)
    assert [day.day for day in stored] == [1, 2, 9]


def test_the_statistics_of_many_hotels_are_archived_together(
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    at = datetime(2020, 7, 14, 12, 0, tzinfo=UTC)

    def archive(hotels: list[Hotel]) -> int:
        DailyFigures.objects.all().delete()
        for hotel in hotels:
            ended(hotel, at, status=Status.FAILED)
        rows = JobExecution.objects.filter(hotel__in=hotels)
        return queries_of(lambda: archive_statistics(of=rows, now=NOW))

    few = archive(HotelFactory.create_batch(1))
    hotels = HotelFactory.create_batch(4)

    assert archive(hotels) == few
    assert {figures(Scope.of_hotel(hotel), at.date()).failed for hotel in hotels} == {1}
    every_hotel = Scope.of_all(hotel_ids=Hotel.objects.values_list("pk", flat=True))
    assert figures(every_hotel, at.date()).failed == 5


def test_an_execution_that_ended_after_the_limit_is_not_pruned(hotel: Hotel) -> None:
    opened = datetime(2020, 7, 14, 12, 0, tzinfo=UTC)
    ended(hotel, opened, took=timedelta(days=3), status=Status.FAILED)

    list(pruning.prune(before=opened + DAY))

    assert JobExecution.objects.exists()


def test_open_days_are_not_archived(hotel: Hotel) -> None:
    ended(hotel, NOW - timedelta(minutes=5))

    archive_statistics(of=JobExecution.objects.all(), now=NOW)

    assert not DailyFigures.objects.exists()


def test_executions_with_problems_are_counted_and_stored(hotel: Hotel) -> None:
    at = NOW - 2 * DAY
    ended(hotel, at, problems=2)
    ended(hotel, at + timedelta(hours=1))
    scope = Scope.of_hotel(hotel)

    counted, stored = (figures(scope, scope.day(at)) for _ in range(2))

    assert counted == stored
    assert (stored.completed, stored.completed_with_problems) == (2, 1)
