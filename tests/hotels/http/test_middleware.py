"""Paths with and without a trailing slash, and the headers of responses."""

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/auth/me", "/api/auth/me/"])
def test_both_slash_forms_are_answered_without_a_redirect(manager: APIClient, path: str) -> None:
    assert manager.get(path).status_code == 200


def test_responses_are_private_and_carry_the_security_headers(manager: APIClient) -> None:
    answer = manager.get("/api/auth/me")

    assert answer["Cache-Control"] == "private, no-store"
    assert {"Authorization", "Cookie", "Accept"} <= set(answer["Vary"].split(", "))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert "script-src 'self'" in answer["Content-Security-Policy"]
