"""Schedules over the API."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from hotels.models import Hotel
from jobs import registry
from jobs.models import JobSchedule
from tests.factories import HotelFactory
from tests.jobs.engine import own_schedule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 7, 15, 12, 0, tzinfo=UTC), tick=False):
        yield


def path(hotel: Hotel, job: str = "check-no-shows") -> str:
    return f"/api/schedules/{hotel.pk}/{job}"


def patch(client: APIClient, hotel: Hotel, **body: Any) -> Any:
    return client.patch(path(hotel), body, format="json")


def test_every_job_of_the_callers_hotels_is_listed(manager: APIClient, hotel: Hotel) -> None:
    HotelFactory()

    body = manager.get("/api/schedules").json()

    assert body["total"] == len(registry.all_jobs())
    assert {row["hotelId"] for row in body["schedules"]} == {hotel.pk}


def test_a_hotel_without_its_own_schedule_has_the_default_one(
    manager: APIClient, hotel: Hotel
) -> None:
    body = manager.get(path(hotel)).json()

    assert (body["own"], body["expression"], body["words"]) == (
        False,
        "0 */2 * * *",
        "Every 2 hours",
    )
    assert (body["clock"], body["next"][0]) == ("UTC", "2026-07-15T14:00:00Z")


def test_an_own_schedule_is_in_the_hotels_time_zone(manager: APIClient, hotel: Hotel) -> None:
    own_schedule(hotel, "30 1 * * *", job_name="check-no-shows")

    body = manager.get(path(hotel)).json()

    assert (body["own"], body["zone"]) == (True, "Europe/Lisbon")
    assert body["next"][0] == "2026-07-16T00:30:00Z"


def test_pages_give_every_schedule_once(superuser: APIClient) -> None:
    hotels = HotelFactory.create_batch(3)
    total = len(hotels) * len(registry.all_jobs())

    pages = [superuser.get(f"/api/schedules?limit=4&offset={n}").json() for n in range(0, total, 4)]

    seen = [(row["hotelId"], row["jobName"]) for page in pages for row in page["schedules"]]
    assert len(seen) == len(set(seen)) == total


def test_schedules_are_filtered_by_hotel_and_job(superuser: APIClient, hotel: Hotel) -> None:
    HotelFactory()
    query = {"hotelId": hotel.pk, "jobName": "daily-housekeeping-round"}

    body = superuser.get("/api/schedules", query).json()

    assert [row["jobName"] for row in body["schedules"]] == ["daily-housekeeping"]


def test_a_patch_sets_the_own_schedule_and_keeps_absent_members(
    manager: APIClient, hotel: Hotel
) -> None:
    first = patch(manager, hotel, expression="30  1 * * *", clock="HOTEL").json()
    second = patch(manager, hotel, attempts=5, longestLatenessMinutes=90).json()

    assert (first["own"], first["expression"], first["clock"]) == (True, "30 1 * * *", "HOTEL")
    assert second == first | {"attempts": 5, "longestLatenessMinutes": 90}
    row = JobSchedule.objects.get()
    assert row.counts_from == datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
    assert row.changed_by_name


def test_an_alias_sets_the_schedule_of_the_job(manager: APIClient, hotel: Hotel) -> None:
    manager.patch(path(hotel, "daily-housekeeping-round"), {"enabled": False}, format="json")

    assert JobSchedule.objects.get().job_name == "daily-housekeeping"


def test_a_delete_returns_to_the_default_schedule(manager: APIClient, hotel: Hotel) -> None:
    patch(manager, hotel, enabled=False)

    first, second = manager.delete(path(hotel)), manager.delete(path(hotel))

    assert first.json() == second.json()
    assert (first.json()["own"], first.json()["enabled"]) == (False, True)
    assert not JobSchedule.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"expression": "61 * * * *"}, "expression"),
        ({"expression": "@daily"}, "expression"),
        ({"expression": ""}, "expression"),
        ({"expression": None}, "expression"),
        ({"clock": "MARS"}, "clock"),
        ({"catchUp": "SOMETIMES"}, "catchUp"),
        ({"attempts": 0}, "attempts"),
        ({"attempts": 21}, "attempts"),
        ({"longestLatenessMinutes": 0}, "longestLatenessMinutes"),
        ({"enabled": "false"}, "enabled"),
        ({"hotelId": 5}, "hotelId"),
        ({"jobName": "generate-invoices"}, "jobName"),
        ({"countsFrom": "2020-01-01T00:00:00Z"}, "countsFrom"),
        ({"changedByName": "somebody else"}, "changedByName"),
    ],
)
def test_a_wrong_value_names_the_member_and_saves_nothing(
    manager: APIClient, hotel: Hotel, body: dict[str, Any], field: str
) -> None:
    answer = patch(manager, hotel, **body)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert not JobSchedule.objects.exists()


def test_an_unreadable_schedule_is_still_listed(manager: APIClient, hotel: Hotel) -> None:
    own_schedule(hotel, "never", job_name="check-no-shows")

    body = manager.get(path(hotel)).json()

    assert (body["words"], body["next"]) == ("never", [])
