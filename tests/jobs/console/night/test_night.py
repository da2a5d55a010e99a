"""Night page: its executions and their concurrency."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from hotels.models import Hotel
from jobs import registry
from jobs.console.night.bars import Bar, Night, bars_of, concurrency
from jobs.models import JobExecution, Status
from tests.factories import HotelFactory
from tests.jobs.console.books import JOB, ended
from tests.jobs.engine import waiting

PAGE = reverse("jobs:night")
MIDNIGHT = datetime(2026, 7, 15, tzinfo=UTC)
NIGHT = Night.in_utc(MIDNIGHT.date())
MINUTE = timedelta(minutes=1)


def execution_ids(hotel: Hotel, *, now: datetime = MIDNIGHT + timedelta(days=2)) -> list[int]:
    bars = bars_of(night=NIGHT, hotels=[hotel], jobs=registry.all_jobs(), now=now)
    return [bar.execution_id for bar in bars]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "inside"),
    [
        (-2 * MINUTE, False),
        (timedelta(seconds=-30), True),
        (timedelta(hours=5), True),
        (timedelta(hours=24) - timedelta(seconds=30), True),
        (timedelta(hours=24), False),
    ],
)
def test_a_night_includes_executions_that_ran_during_it(
    hotel: Hotel, start: timedelta, inside: bool
) -> None:
    execution = ended(hotel, MIDNIGHT + start, took=MINUTE)

    assert execution_ids(hotel) == ([execution.pk] if inside else [])


@pytest.mark.django_db
def test_a_running_execution_lasts_until_now(hotel: Hotel) -> None:
    now = MIDNIGHT + 10 * MINUTE
    execution = waiting(hotel, job_name=JOB)
    JobExecution.objects.filter(pk=execution.pk).update(
        status=Status.RUNNING,
        token="00000000-0000-0000-0000-000000000001",
        lease_expires_at=now + MINUTE,
        started_at=MIDNIGHT,
    )

    (bar,) = bars_of(night=NIGHT, hotels=[hotel], jobs=registry.all_jobs(), now=now)
    assert bar.duration == 10 * MINUTE


@pytest.mark.django_db
def test_a_hotel_s_night_lasts_from_18_to_12_in_hotel_time() -> None:
    tokyo = HotelFactory(timezone="Asia/Tokyo")
    night = Night.of_hotel(tokyo, day=date(2026, 7, 15))

    assert night.begin == datetime(2026, 7, 14, 9, 0, tzinfo=UTC)
    assert night.end == datetime(2026, 7, 15, 3, 0, tzinfo=UTC)


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 15)), min_size=1, max_size=25)


@given(spans=SPANS)
def test_concurrency_equals_counting_the_running_executions(spans: list[tuple[int, int]]) -> None:
    bars = [
        Bar(
            execution_id=n,
            hotel_id=1,
            job_name=JOB,
            status="COMPLETED",
            problems=0,
            started=MIDNIGHT + begin * MINUTE,
            ended=MIDNIGHT + (begin + length) * MINUTE,
        )
        for n, (begin, length) in enumerate(spans)
    ]
    steps = concurrency(bars)

    for minute in range(60):
        at = MIDNIGHT + minute * MINUTE
        level = next((count for when, count in reversed(steps) if when <= at), 0)
        assert level == sum(bar.started <= at < bar.ended for bar in bars)


@pytest.mark.django_db
def test_the_longest_executions_come_first_and_link_to_their_pages(
    manager: Client, hotel: Hotel
) -> None:
    short = ended(hotel, MIDNIGHT + MINUTE)
    long = ended(hotel, MIDNIGHT + 9 * MINUTE, took=MINUTE)

    page = manager.get(PAGE, {"date": "2026-07-15"}).content.decode()

    links = [
        page.index(reverse("admin:jobs_jobexecution_change", args=[e.pk])) for e in (long, short)
    ]
    assert links == sorted(links)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_an_invalid_date_is_a_404(manager: Client, text: str) -> None:
    assert manager.get(PAGE, {"date": text}).status_code == 404


@pytest.mark.django_db
def test_a_night_without_executions_shows_a_message(manager: Client) -> None:
    assert "No job ran that night." in manager.get(PAGE).content.decode()


@pytest.mark.django_db
def test_a_user_sees_only_executions_of_their_own_hotels(outsider: Client, hotel: Hotel) -> None:
    execution = ended(hotel, MIDNIGHT + MINUTE)

    page = outsider.get(PAGE, {"date": "2026-07-15"}).content.decode()

    assert reverse("admin:jobs_jobexecution_change", args=[execution.pk]) not in page
    assert outsider.get(PAGE, {"hotel": hotel.code}).status_code == 404


@pytest.mark.django_db
def test_many_executions_are_paginated_and_take_no_more_queries(
    manager: Client, hotel: Hotel, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    def read() -> Any:
        return manager.get(PAGE, {"date": "2026-07-15"})

    ended(hotel, MIDNIGHT)
    few = queries_of(read)
    for n in range(1, 121):
        ended(hotel, MIDNIGHT + n * MINUTE)

    assert queries_of(read) == few
    assert read().content.decode().count('<rect class="reach"') == 100


@pytest.mark.django_db
def test_an_execution_with_problems_has_an_amber_bar_and_badge(
    manager: Client, hotel: Hotel
) -> None:
    ended(hotel, MIDNIGHT, problems=1)

    page = manager.get(PAGE, {"date": f"{MIDNIGHT:%Y-%m-%d}"}).content.decode()

    assert '<a class="warn" ' in page
    assert '<span class="state warn">' in page
    assert "completed with problems" in page


@pytest.mark.django_db
def test_executions_of_a_hotel_deactivated_since_are_shown_and_marked(
    manager: Client, hotel: Hotel
) -> None:
    ended(hotel, MIDNIGHT + MINUTE)
    hotel.active = False
    hotel.save()

    page = manager.get(PAGE, {"date": "2026-07-15", "hotel": hotel.code}).content.decode()

    shown = " ".join(page.split())
    assert f'{hotel.name}</a> <span class="faint">not active</span>' in shown
