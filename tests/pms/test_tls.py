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


@pytest.mark.django_db
def test_a_request_a_proxy_received_over_tls_is_served_with_hsts(client: Client) -> None:
    answer = client.get("/admin/login/", headers={"X-Forwarded-Proto": "https"})

    assert answer.status_code == 200
    assert answer["Strict-Transport-Security"].startswith("max-age=60")
