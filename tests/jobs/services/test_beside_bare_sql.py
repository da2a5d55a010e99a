"""The services beside the bare SQL of the benchmark: a small form of it, which checks no times."""

import pytest
from django.db import connection

from hotels.models import Hotel
from tests.bench import group, services, working_hotels

if connection.vendor != "postgresql":
    pytest.skip("the statements of the benchmark are those of PostgreSQL", allow_module_level=True)

# Statements a hotel at work: those of the service, and one for its messages.
MOST_QUERIES = {
    "daily-housekeeping": 17,
    "check-no-shows": 30,
    "generate-invoices": 21,
    "maintenance-schedule": 12,
}
# In a hotel whose work was done before.
MOST_QUERIES_AGAIN = {"daily-housekeeping": 8, "maintenance-schedule": 6}


@pytest.fixture
def hotels(db: None) -> list[Hotel]:
    group.hotels(3)  # in Lisbon, New York and Tokyo, where a guest of yesterday came today
    working_hotels.fill()
    return list(Hotel.objects.order_by("pk"))


def test_each_service_writes_the_rows_of_its_floor(hotels, queries_of) -> None:
    """So the benchmark compares equal work, and each service takes few queries for it."""
    ours, floors, queries = {}, {}, {}
    for service in services.SERVICES:
        services.remember(service)
        with group.rolled_back():
            for hotel in hotels[1:]:
                services.serve(service, hotel)
            queries[service.job] = queries_of(lambda each=service: services.serve(each, hotels[0]))
            ours[service.job] = services.written(service)
        with group.rolled_back():
            services.lay_floor(service)
            floors[service.job] = services.written(service)

    assert ours == floors
    assert {job: queries[job] for job, most in MOST_QUERIES.items() if queries[job] > most} == {}


def test_a_service_with_nothing_to_do_takes_fewer_queries(hotels, queries_of) -> None:
    queries = {}
    for service in services.SERVICES:
        if service.job in MOST_QUERIES_AGAIN:
            services.serve(service, hotels[0])
            hotel = Hotel.objects.get(pk=hotels[0].pk)
            queries[service.job] = queries_of(
                lambda each=service, of=hotel: services.serve(each, of)
            )

    assert queries == MOST_QUERIES_AGAIN
