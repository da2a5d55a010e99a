"""Access to jobs with limited tokens and with sessions."""

import pytest
from rest_framework.test import APIClient

from hotels.models import Hotel
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.hotels.http.clients import Role, client_of
from tests.jobs.api.executions import execution

pytestmark = pytest.mark.django_db


def test_a_limited_token_restricts_every_list(hotel: Hotel) -> None:
    other = MembershipFactory(role=Role.ADMIN)
    MembershipFactory(user=other.user, hotel=hotel, role=Role.ADMIN)
    client = client_of(other.user, hotels=[hotel])
    run = execution(hotel).run
    execution(other.hotel, run=run)

    assert [row["hotelId"] for row in client.get("/api/jobs").json()["jobs"]] == [hotel.pk]
    assert client.get("/api/jobs/stats").json()["totalJobs"] == 1
    assert client.head("/api/jobs")["X-Total-Jobs"] == "1"
    assert client.get(f"/api/runs/{run.pk}").json()["total"] == 1
    schedules = client.get("/api/schedules").json()["schedules"]
    assert {row["hotelId"] for row in schedules} == {hotel.pk}


def test_a_limited_token_of_a_superuser_does_not_reach_other_hotels(hotel: Hotel) -> None:
    client = client_of(UserFactory(is_superuser=True), hotels=[hotel])
    foreign = execution(HotelFactory())

    assert client.get(f"/api/jobs/{foreign.pk}").status_code == 404


def test_a_token_lists_nothing_after_the_membership_ends(hotel: Hotel) -> None:
    membership = MembershipFactory(hotel=hotel)
    client = client_of(membership.user, hotels=[hotel])
    execution(hotel)
    membership.active = False
    membership.save()

    assert client.get("/api/jobs").json()["total"] == 0


def test_a_read_only_token_may_not_run_a_job(hotel: Hotel) -> None:
    client = client_of(MembershipFactory(hotel=hotel).user, read_only=True)

    refused = client.post("/api/jobs/trigger/check-no-shows")

    assert (refused.status_code, refused.json()["detail"]) == (403, "This token is read-only.")


def test_a_session_may_list_jobs_and_needs_the_csrf_token_to_run_one(hotel: Hotel) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(MembershipFactory(hotel=hotel).user)

    assert client.get("/api/jobs").status_code == 200
    refused = client.post("/api/jobs/trigger/check-no-shows")
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
