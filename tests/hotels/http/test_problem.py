"""Error responses: problem+json without internal details."""

from typing import Any
from unittest import mock

import pytest
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import OperationalError
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
# Called by GET /api/auth/me.
IN_THE_VIEW = "hotels.api.views.auth.token_of"


def test_an_exception_is_a_500_without_its_text(
    manager: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    with mock.patch(IN_THE_VIEW, side_effect=RuntimeError("SELECT secret FROM table")):
        answer = manager.get("/api/auth/me")

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert answer.json()["detail"] == "The server failed; the cause is in the server log."
    assert "secret" not in answer.content.decode()
    assert "SELECT secret" in caplog.text


def test_a_database_that_does_not_respond_is_a_503(manager: APIClient) -> None:
    with mock.patch(IN_THE_VIEW, side_effect=OperationalError("host db-7 is down")):
        answer = manager.get("/api/auth/me")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "db-7" not in answer.content.decode()


def test_an_exception_outside_of_a_view_is_a_500_without_its_text() -> None:
    client = APIClient(raise_request_exception=False)
    crash = RuntimeError("inside")
    with mock.patch.object(SessionMiddleware, "process_request", side_effect=crash):
        answer = client.get("/api/auth/me")

    assert (answer.status_code, b"inside" in answer.content) == (500, False)


def test_a_wrong_host_is_a_problem(manager: APIClient) -> None:
    answer = manager.get("/api/auth/me", HTTP_HOST="evil.example")

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_an_unsupported_media_type_in_accept_is_a_406(manager: APIClient) -> None:
    answer = manager.get("/api/auth/me", HTTP_ACCEPT="image/png")

    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")


def test_a_wrong_method_is_a_405_that_names_the_allowed_ones(manager: APIClient) -> None:
    answer = manager.put("/api/tokens")

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/nowhere/", "/api", "/api/tokens/x"])
def test_an_unknown_path_is_a_404_problem(manager: APIClient, path: str) -> None:
    answer = manager.get(path)

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_path_is_a_404_problem_with_debug_too(
    settings: Any, manager: APIClient, method: str
) -> None:
    settings.DEBUG = True

    answer = getattr(manager, method)("/api/memberships/-1")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
