"""Nothing of the inside is told, floods are slowed, pages keep to themselves."""

import json
from typing import Any
from unittest import mock

import pytest
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.cache import caches
from django.db import OperationalError
from django.test import Client
from rest_framework.test import APIClient

from hotels.models import Hotel
from tests.factories import MembershipFactory, UserFactory
from tests.jobs.api.conftest import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(hotel: Hotel) -> Client:
    """A browser in which a manager is signed in."""
    client = Client()
    client.force_login(MembershipFactory(hotel=hotel).user)
    return client


def test_a_crash_is_a_problem_without_its_inside(
    manager: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    crash = RuntimeError("SELECT secret FROM table")
    with mock.patch("jobs.statistics.totals.statistics", side_effect=crash):
        answer = manager.get("/api/jobs/stats")

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "secret" not in answer.content.decode()
    assert "SELECT secret" in caplog.text


def test_a_database_that_is_gone_is_told_as_unavailable(manager: APIClient) -> None:
    with mock.patch(
        "jobs.statistics.totals.statistics", side_effect=OperationalError("host db-7 is down")
    ):
        answer = manager.get("/api/jobs/stats")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "db-7" not in answer.content.decode()


def test_a_crash_outside_of_a_view_is_a_problem_too() -> None:
    client = APIClient(raise_request_exception=False)
    crash = RuntimeError("inside")
    with mock.patch.object(SessionMiddleware, "process_request", side_effect=crash):
        answer = client.get("/api/jobs")

    assert (answer.status_code, b"inside" in answer.content) == (500, False)


def test_a_wrong_host_is_a_problem(manager: APIClient) -> None:
    answer = manager.get("/api/jobs", HTTP_HOST="evil.example")

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_an_answer_nobody_can_read_is_refused_with_a_problem(manager: APIClient) -> None:
    answer = manager.get("/api/jobs", HTTP_ACCEPT="image/png")

    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")


def test_a_wrong_method_is_refused_with_those_allowed(manager: APIClient) -> None:
    answer = manager.put("/api/jobs")

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_answers_are_not_kept_by_caches_and_not_guessed_at(manager: APIClient) -> None:
    answer = manager.get("/api/jobs")

    assert answer["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie", "Accept"} <= set(answer["Vary"].split(", "))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert "script-src 'self'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/api/jobs", "/api/docs", "/api/redoc", "/session/login/"])
def test_pages_load_everything_from_here(page: Client, path: str) -> None:
    answer = page.get(path, HTTP_ACCEPT="text/html")

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "https://cdn" not in text
    assert "fonts.googleapis" not in text


def test_a_page_of_the_api_signs_out_without_a_script(page: Client) -> None:
    text = page.get("/api/jobs", HTTP_ACCEPT="text/html").content.decode()

    assert "onclick" not in text
    assert 'action="/session/logout/?next=/api/jobs"' in text


@pytest.mark.parametrize("path", ["/api/docs", "/api/redoc"])
def test_documents_lead_to_the_login_and_back(path: str) -> None:
    answer = Client().get(path)

    assert (answer.status_code, answer["Location"]) == (302, f"/session/login/?next={path}")


def test_somebody_who_asks_too_often_waits(hotel: Hotel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.web.throttles.PerUser.get_rate", lambda self: "2/min")
    first = client_of(MembershipFactory(hotel=hotel).user)
    second = client_of(MembershipFactory(hotel=hotel).user)

    statuses = [first.get("/api/auth/me").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert second.get("/api/auth/me").status_code == 200


def test_wrong_tokens_are_slowed_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.web.throttles.FailedAttempts.get_rate", lambda self: "2/min")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Token wrong")

    assert [client.get("/api/jobs").status_code for _ in range(3)] == [401, 401, 429]


def test_logins_are_slowed_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.web.throttles.LoginAttempts.get_rate", lambda self: "2/min")
    body = {"username": UserFactory().username, "password": "wrong"}

    statuses = [
        APIClient().post("/api/auth/login", body, format="json").status_code for _ in range(3)
    ]
    assert statuses == [401, 401, 429]


def test_an_address_cannot_be_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.web.throttles.FailedAttempts.get_rate", lambda self: "2/min")

    def guess(n: int) -> int:
        headers = {"Authorization": "Token wrong", "X-Forwarded-For": f"10.0.0.{n}"}
        return APIClient().get("/api/jobs", headers=headers).status_code

    assert [guess(n) for n in range(3)] == [401, 401, 429]


def test_the_table_of_the_cache_comes_with_the_migrations(settings: Any) -> None:
    """The tests count in memory; the project counts in the database."""
    from pms import settings as real

    settings.CACHES = {"default": real.CACHES["default"]}
    cache = caches["default"]
    cache.set("knocks", [1, 2])

    assert cache.get("knocks") == [1, 2]


def test_mass_assignment_finds_nothing_to_set(manager: APIClient, hotel: Hotel) -> None:
    body = {"hotelId": hotel.pk, "isSuperuser": True, "trigger": "CRON"}

    answer = manager.post(
        "/api/jobs/trigger/check-no-shows", json.dumps(body), content_type="application/json"
    )

    fields = [error["field"] for error in answer.json()["errors"]]
    assert (answer.status_code, fields) == (400, ["isSuperuser", "trigger"])
