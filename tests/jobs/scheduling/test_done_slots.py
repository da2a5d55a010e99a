"""Slots that have an execution are found in both ways: hotel by hotel, or job by job."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hotels.models import Hotel
from jobs.scheduling.done_slots import FEW, HotelSlots, done_slots
from tests.factories import HotelFactory
from tests.jobs.engine import of_slot

pytestmark = pytest.mark.django_db
FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def _due(*hotels: Hotel, job_name: str = "greet-guests") -> list[HotelSlots]:
    """The slots of two days are due in each hotel."""
    return [HotelSlots(hotel.pk, job_name, FOUR, FOUR + DAY) for hotel in hotels]


@pytest.mark.parametrize("of_some", [True, False])
def test_the_slots_with_an_execution_are_found(of_some: bool) -> None:
    hotels = HotelFactory.create_batch(2)
    for slot in (FOUR, FOUR + DAY):
        of_slot(hotels[0], slot)
    of_slot(hotels[1], FOUR + DAY)
    of_slot(hotels[1], FOUR, job_name="count-sheets")

    found = done_slots(_due(*hotels), of_some=of_some)

    assert found == {
        (hotels[0].pk, "greet-guests"): {FOUR, FOUR + DAY},
        (hotels[1].pk, "greet-guests"): {FOUR + DAY},
    }


@pytest.mark.parametrize("of_some", [True, False])
def test_other_hotels_and_times_are_left_out(hotel: Hotel, of_some: bool) -> None:
    of_slot(HotelFactory(), FOUR)
    for slot in (FOUR - DAY, FOUR + 2 * DAY):
        of_slot(hotel, slot)

    assert not done_slots(_due(hotel), of_some=of_some)


@pytest.mark.postgres
def test_some_hotels_are_looked_up_in_one_query(
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    """PostgreSQL only: on SQLite it is one for each job."""
    hotels = HotelFactory.create_batch(3)
    due = [*_due(*hotels), *_due(*hotels, job_name="count-sheets")]

    assert queries_of(lambda: done_slots(due, of_some=True)) == 1


@pytest.mark.postgres
def test_many_hotels_are_looked_up_by_the_index_of_slots_whatever_the_planner_knows() -> None:
    """With another one, which it took for a week that it knew nothing of, a tick took 97 s."""
    hotels = HotelFactory.create_batch(FEW + 1)
    for hotel in hotels:
        of_slot(hotel, FOUR)

    with CaptureQueriesContext(connection) as captured:
        found = done_slots(_due(*hotels), of_some=True)

    before, query, after = (each["sql"] for each in captured)
    with connection.cursor() as cursor:
        cursor.execute(before)
        cursor.execute(f"EXPLAIN {query}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute(after)
        cursor.execute("SHOW enable_sort")
        sorting = cursor.fetchone()
    assert len(found) == len(hotels)
    assert "using execution_slot_runs_once" in plan
    assert sorting == ("on",)
