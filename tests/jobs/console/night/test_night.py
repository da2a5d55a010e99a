"""One night: which executions belong to it, and how many ran at once."""

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
from jobs.console.night.bars import Bar, Night, at_once, bars_of
from jobs.models import JobExecution, Status
from tests.factories import HotelFactory
from tests.jobs.console.books import JOB, ended
from tests.jobs.engine import waiting

PAGE = reverse("jobs:night")
MIDNIGHT = datetime(2026, 7, 15, tzinfo=UTC)
NIGHT = Night.in_utc(MIDNIGHT.date())
MINUTE = timedelta(minutes=1)


def found(hotel: Hotel, *, now: datetime = MIDNIGHT + timedelta(days=2)) -> list[int]:
    bars = bars_of(night=NIGHT, hotels=[hotel], jobs=registry.all_jobs(), now=now)
    return [bar.execution_id for bar in bars]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("begins", "inside"),
    [
        (-2 * MINUTE, False),
        (timedelta(seconds=-30), True),
        (timedelta(hours=5), True),
        (timedelta(hours=24) - timedelta(seconds=30), True),
        (timedelta(hours=24), False),
    ],
)
def test_a_night_holds_what_ran_at_some_time_of_it(
    hotel: Hotel, begins: timedelta, inside: bool
) -> None:
    execution = ended(hotel, MIDNIGHT + begins, took=MINUTE)

    assert found(hotel) == ([execution.pk] if inside else [])


@pytest.mark.django_db
def test_one_that_still_runs_lasts_until_now(hotel: Hotel) -> None:
    now = MIDNIGHT + 10 * MINUTE
    execution = waiting(hotel, job_name=JOB)
    JobExecution.objects.filter(pk=execution.pk).update(
        status=Status.RUNNING,
        token="00000000-0000-0000-0000-000000000001",
        lease_expires_at=now + MINUTE,
        started_at=MIDNIGHT,
    )

    (bar,) = bars_of(night=NIGHT, hotels=[hotel], jobs=registry.all_jobs(), now=now)
    assert bar.took == 10 * MINUTE


@pytest.mark.django_db
def test_a_hotels_night_is_from_its_evening_to_its_noon() -> None:
    tokyo = HotelFactory(timezone="Asia/Tokyo")
    night = Night.of_hotel(tokyo, day=date(2026, 7, 15))

    assert night.begin == datetime(2026, 7, 14, 9, 0, tzinfo=UTC)
    assert night.end == datetime(2026, 7, 15, 3, 0, tzinfo=UTC)


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 15)), min_size=1, max_size=25)


@given(spans=SPANS)
def test_how_many_run_at_once_is_what_counting_gives(spans: list[tuple[int, int]]) -> None:
    bars = [
        Bar(
            execution_id=n,
            hotel_id=1,
            job_name=JOB,
            status="COMPLETED",
            began=MIDNIGHT + begin * MINUTE,
            ended=MIDNIGHT + (begin + length) * MINUTE,
        )
        for n, (begin, length) in enumerate(spans)
    ]
    steps = at_once(bars)

    for minute in range(60):
        at = MIDNIGHT + minute * MINUTE
        level = next((count for when, count in reversed(steps) if when <= at), 0)
        assert level == sum(bar.began <= at < bar.ended for bar in bars)


@pytest.mark.django_db
def test_the_longest_come_first_and_lead_to_their_receipts(manager: Client, hotel: Hotel) -> None:
    short = ended(hotel, MIDNIGHT + MINUTE)
    long = ended(hotel, MIDNIGHT + 9 * MINUTE, took=MINUTE)

    page = manager.get(PAGE, {"date": "2026-07-15"}).content.decode()

    links = [
        page.index(reverse("admin:jobs_jobexecution_change", args=[e.pk])) for e in (long, short)
    ]
    assert links == sorted(links)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_what_is_no_date_is_a_404(manager: Client, text: str) -> None:
    assert manager.get(PAGE, {"date": text}).status_code == 404


@pytest.mark.django_db
def test_a_quiet_night_says_so(manager: Client) -> None:
    assert "Nothing ran in this night." in manager.get(PAGE).content.decode()


@pytest.mark.django_db
def test_a_person_sees_only_the_night_of_their_hotels(outsider: Client, hotel: Hotel) -> None:
    execution = ended(hotel, MIDNIGHT + MINUTE)

    page = outsider.get(PAGE, {"date": "2026-07-15"}).content.decode()

    assert reverse("admin:jobs_jobexecution_change", args=[execution.pk]) not in page
    assert outsider.get(PAGE, {"hotel": hotel.code}).status_code == 404


@pytest.mark.django_db
def test_many_executions_take_as_many_queries_and_are_paged(
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
