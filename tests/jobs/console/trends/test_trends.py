"""Trends page: charts of the jobs, their tables and their CSV."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hotels.models import Hotel
from jobs.models import DailyFigures, Status
from jobs.statistics import DayStatistics, Scope
from tests.factories import HotelFactory, MembershipFactory
from tests.jobs.console.books import JOB, ended
from tests.jobs.engine import only_job

pytestmark = pytest.mark.django_db

PAGE = reverse("jobs:trends")


@pytest.fixture
def yesterday() -> datetime:
    return datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


def charts(page: str) -> dict[str, Any]:
    block = re.search(r'<script id="trends-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert block is not None
    found: dict[str, Any] = json.loads(block.group(1))["charts"]
    return found


def lines(client: Client, job: str, key: str, **query: str) -> list[dict[str, str]]:
    answer = client.get(reverse("jobs:trends-csv", args=[job, key]), query)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_the_charts_of_a_job_follow_from_the_fields_its_result_declares(
    manager: Client, hotel: Hotel, yesterday: datetime
) -> None:
    result = {"hotelId": 1, "guestsGreeted": 3, "undeclared": 5}
    ended(hotel, yesterday, job_name="greet-guests", result=result)

    with only_job():
        page = manager.get(PAGE).content.decode()

    keys = {"greet-guests.success", "greet-guests.duration", "greet-guests.count-guestsGreeted"}
    assert set(charts(page)) == keys
    assert "Guests greeted" in page


def test_a_job_no_longer_in_the_project_has_its_success_rate_and_durations(
    manager: Client, hotel: Hotel, yesterday: datetime
) -> None:
    ended(hotel, yesterday, job_name="shine-shoes", result={"shoes": 3, "totalFee": "1.00"})

    page = manager.get(PAGE).content.decode()

    assert set(charts(page)) == {"shine-shoes.success", "shine-shoes.duration"}


def test_statistics_stored_under_an_unknown_name_are_labelled_by_that_name(
    manager: Client, hotel: Hotel, yesterday: datetime
) -> None:
    DailyFigures.objects.create(
        scope=Scope.of_hotel(hotel).key,
        day=yesterday.date(),
        jobs={JOB: DayStatistics(completed=1, counts={"towelsFolded": 3}).stored()},
    )

    page = manager.get(PAGE, {"hotel": hotel.code}).content.decode()

    assert "Towels folded" in page


def test_charts_without_activity_are_listed(
    manager: Client, hotel: Hotel, yesterday: datetime
) -> None:
    ended(hotel, yesterday, result={"noShowsDetected": 0, "roomsFreed": 0})

    page = manager.get(PAGE).content.decode()

    assert "No activity in this period: No-shows, Rooms freed." in page


def test_the_success_rate_is_of_completed_and_failed_executions(
    manager: Client, hotel: Hotel, yesterday: datetime
) -> None:
    ended(hotel, yesterday)
    ended(hotel, yesterday + timedelta(hours=1), status=Status.FAILED)
    ended(hotel, yesterday + timedelta(hours=2), status=Status.SKIPPED)

    row = lines(manager, JOB, "success")[-2]
    assert row == {
        "date": f"{yesterday:%Y-%m-%d}",
        "success_percent": "50.0",
        "completed": "1",
        "completed_with_problems": "0",
        "failed": "1",
        "skipped": "1",
    }


def test_fees_have_a_chart_for_each_currency(
    manager: Client, hotel: Hotel, yesterday: datetime
) -> None:
    for n, currency in enumerate(("EUR", "JPY")):
        result = {"totalPenalty": "120.50", "currency": currency}
        ended(hotel, yesterday + timedelta(hours=n), result=result)

    assert lines(manager, JOB, "money-totalPenalty-EUR")[-2]["totalPenalty"] == "120.50"
    assert lines(manager, JOB, "money-totalPenalty-JPY")[-2]["totalPenalty"] == "120.50"


def test_the_csv_has_a_line_for_each_day_with_blanks_where_nothing_ran(manager: Client) -> None:
    found = lines(manager, JOB, "duration", days="7")

    assert len(found) == 7
    assert found[0]["p95_seconds"] == ""


def test_the_table_has_the_numbers_of_the_chart(
    manager: Client, hotel: Hotel, yesterday: datetime
) -> None:
    ended(hotel, yesterday, took=timedelta(seconds=1.25))

    assert "1.25 s</td>" in manager.get(PAGE).content.decode()


def test_an_unknown_chart_is_a_404(manager: Client) -> None:
    assert manager.get(reverse("jobs:trends-csv", args=[JOB, "count-x"])).status_code == 404


@pytest.mark.parametrize("query", ["", "?days=90", "?days=x"])
def test_the_page_says_that_no_job_ran(manager: Client, query: str) -> None:
    assert "No job ran in this period." in manager.get(PAGE + query).content.decode()


def test_a_user_sees_only_statistics_of_their_hotels(
    outsider: Client, hotel: Hotel, elsewhere: Hotel, yesterday: datetime
) -> None:
    ended(hotel, yesterday)
    ended(elsewhere, yesterday)

    assert lines(outsider, JOB, "success")[-2]["completed"] == "1"


@pytest.mark.parametrize("path", [PAGE, reverse("jobs:trends-csv", args=[JOB, "success"])])
def test_another_hotel_is_a_404(outsider: Client, hotel: Hotel, path: str) -> None:
    assert outsider.get(path, {"hotel": hotel.code}).status_code == 404


def test_a_hotel_the_user_gains_access_to_is_included_at_once(
    manager: Client, hotel: Hotel, elsewhere: Hotel, yesterday: datetime
) -> None:
    third = HotelFactory()
    for each in (hotel, third):
        ended(each, yesterday)
    before = lines(manager, JOB, "success")[-2]["completed"]
    MembershipFactory(user=hotel.memberships.get(user__username="owner").user, hotel=third)

    assert (before, lines(manager, JOB, "success")[-2]["completed"]) == ("1", "2")


def test_more_executions_take_no_more_queries(
    manager: Client,
    hotel: Hotel,
    yesterday: datetime,
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    def read() -> Any:
        return manager.get(PAGE, {"days": 90})

    ended(hotel, yesterday)
    read()
    few = queries_of(read)
    for n in range(60):
        ended(hotel, datetime.now(UTC) - timedelta(minutes=n + 1), result={"n": n})

    assert queries_of(read) == few


def test_an_execution_with_problems_lowers_the_success_rate(
    manager: Client, hotel: Hotel, yesterday: datetime
) -> None:
    for hour in range(4):
        ended(hotel, yesterday + timedelta(hours=hour), problems=3 if hour == 0 else 0)

    row = lines(manager, JOB, "success")[-2]

    assert (row["success_percent"], row["completed"]) == ("75.0", "4")
    assert row["completed_with_problems"] == "1"


def test_a_hotel_deactivated_since_keeps_its_statistics(
    manager: Client, hotel: Hotel, yesterday: datetime
) -> None:
    ended(hotel, yesterday)
    Hotel.objects.update(active=False)

    assert lines(manager, JOB, "success", hotel=hotel.code)[-2]["completed"] == "1"
    assert f"{hotel.name} (not active)" in manager.get(PAGE, {"days": 7}).content.decode()
