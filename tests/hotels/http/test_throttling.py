"""Request rate limits by user and by address."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from rest_framework.test import APIClient

from hotels.http.attempts import Limit
from hotels.models import Hotel
from tests.factories import MembershipFactory
from tests.hotels.http.clients import client_of, client_with

pytestmark = pytest.mark.django_db
MODULE = "hotels.http.throttling"
TWO = Limit(name="token", allowed=2, window=timedelta(minutes=5))


def test_a_user_past_the_rate_waits_and_others_do_not(
    hotel: Hotel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{MODULE}.RequestsPerUser.get_rate", lambda self: "2/min")
    first = client_of(MembershipFactory(hotel=hotel).user)
    second = client_of(MembershipFactory(hotel=hotel).user)

    statuses = [first.get("/api/auth/me").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert second.get("/api/auth/me").status_code == 200


def test_wrong_tokens_are_limited_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{MODULE}.WRONG_TOKENS", TWO)
    client = client_with("wrong")

    assert [client.get("/api/auth/me").status_code for _ in range(3)] == [401, 401, 429]


def test_a_forged_forwarded_address_does_not_evade_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{MODULE}.WRONG_TOKENS", TWO)

    def guess(n: int) -> int:
        headers = {"Authorization": "Token wrong", "X-Forwarded-For": f"10.0.0.{n}"}
        return APIClient().get("/api/auth/me", headers=headers).status_code

    assert [guess(n) for n in range(3)] == [401, 401, 429]


def test_the_migrations_make_the_table_of_the_cache(settings: Any) -> None:
    """The tests count in memory; the project counts in the database."""
    from pms import settings as real

    settings.CACHES = {"default": real.CACHES["default"]}
    cache = caches["default"]
    cache.set("requests", [1, 2])

    assert cache.get("requests") == [1, 2]
