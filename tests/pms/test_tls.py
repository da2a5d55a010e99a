"""Plain HTTP in production."""

from typing import Any

import pytest
from django.test import Client


@pytest.fixture(autouse=True)
def _over_tls(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 60
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def test_pages_redirect_to_tls(client: Client) -> None:
    answer = client.get("/admin/login/")

    assert answer.status_code == 301
    assert answer["Location"] == "https://testserver/admin/login/"


@pytest.mark.django_db
def test_a_cron_call_is_never_redirected(client: Client) -> None:
    assert client.post("/api/cron/check-no-shows").status_code == 401


@pytest.mark.parametrize("path", ["/api", "/api/jobs", "/api/auth/login", "/api/schema", "/api/x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_api_is_not_read_or_written_in_the_open(client: Client, method: str, path: str) -> None:
    answer = client.generic(method, path)

    assert (answer.status_code, answer.json()["code"]) == (403, "https_required")


def test_a_token_sent_in_the_open_is_to_be_revoked(client: Client) -> None:
    answer = client.get("/api/jobs", headers={"Authorization": "Token abc"})

    assert "Revoke the token" in answer.json()["detail"]
    assert "Location" not in answer.headers


@pytest.mark.django_db
def test_the_api_answers_what_a_proxy_received_over_tls(client: Client) -> None:
    assert client.get("/api/jobs", headers={"X-Forwarded-Proto": "https"}).status_code == 401


def test_health_is_answered_over_plain_http(client: Client) -> None:
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_a_request_a_proxy_received_over_tls_is_served_with_hsts(client: Client) -> None:
    answer = client.get("/admin/login/", headers={"X-Forwarded-Proto": "https"})

    assert answer.status_code == 200
    assert answer["Strict-Transport-Security"].startswith("max-age=60")
