"""Authentication by token and by session."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from rest_framework.test import APIClient

from hotels.models import ApiToken, Hotel
from tests.factories import MembershipFactory, UserFactory
from tests.hotels.http.clients import client_of, client_with

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "header",
    [
        "Token",
        "Token x",
        "Token a b",
        "Token \xff\xfe",
        "Token " + "0" * 64,
        "Token " + "0" * 5000,
        "Bearer x",
        "Basic YTpi",
    ],
)
def test_a_malformed_or_unknown_token_gets_401_with_the_scheme(header: str) -> None:
    answer = APIClient().get("/api/auth/me", headers={"Authorization": header})

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
    assert answer["Content-Type"] == "application/problem+json"


def test_only_a_hash_of_the_token_is_stored() -> None:
    row, text = ApiToken.issue(user=UserFactory())

    assert text not in (row.digest, row.token_key)
    assert len(row.digest) == 128


def test_an_expired_token_is_refused(hotel: Hotel) -> None:
    user = MembershipFactory(hotel=hotel).user
    _, text = ApiToken.issue(user=user, lifetime=timedelta(days=1))

    with time_machine.travel(datetime.now(tz=UTC) + timedelta(days=1, seconds=1)):
        assert client_with(text).get("/api/auth/me").status_code == 401


def test_the_tokens_of_a_deactivated_user_are_refused() -> None:
    user = UserFactory()
    client = client_of(user)
    user.is_active = False
    user.save()

    assert client.get("/api/auth/me").status_code == 401


def test_a_read_only_token_may_not_write(hotel: Hotel) -> None:
    user = MembershipFactory(hotel=hotel, role="ADMIN").user
    body = {"username": UserFactory().username, "hotelId": hotel.pk, "role": "VIEWER"}
    client = client_of(user, read_only=True)

    refused = client.post("/api/memberships", body, format="json")

    assert (refused.status_code, refused.json()["detail"]) == (403, "This token is read-only.")
    assert client.get("/api/auth/me").json()["readOnly"] is True


def test_a_session_may_read_and_needs_the_csrf_token_to_write(hotel: Hotel) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(MembershipFactory(hotel=hotel, role="ADMIN").user)

    assert client.get("/api/memberships").status_code == 200
    refused = client.post("/api/memberships")
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")


def test_using_a_token_leaves_the_user_s_expired_ones_to_the_clean_up(hotel: Hotel) -> None:
    user = MembershipFactory(hotel=hotel).user
    ApiToken.issue(user=user, lifetime=timedelta(days=-1))
    _, text = ApiToken.issue(user=user)

    assert client_with(text).get("/api/auth/me").status_code == 200

    assert ApiToken.objects.filter(user=user).count() == 2
