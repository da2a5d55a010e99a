"""Logging in and out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from hotels.models import ApiToken, Hotel
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.hotels.http.clients import client_of, client_with

pytestmark = pytest.mark.django_db


def login(user: Any, **more: Any) -> Any:
    body = {"username": user.username, "password": "secret"} | more
    return APIClient().post("/api/auth/login", body, format="json")


def test_a_login_issues_a_token_that_works(hotel: Hotel) -> None:
    answer = login(MembershipFactory(hotel=hotel).user)

    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    assert client_with(answer.json()["token"]).get("/api/jobs").status_code == 200


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"username": "nobody"}])
def test_wrong_credentials_get_a_401_that_does_not_say_which_is_wrong(
    change: dict[str, str],
) -> None:
    answer = login(UserFactory(), **change)

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
    assert answer.json()["detail"] == "Wrong user name or password."


def test_a_deactivated_user_cannot_log_in() -> None:
    assert login(UserFactory(is_active=False)).status_code == 401


def test_a_token_is_valid_for_the_requested_number_of_days(hotel: Hotel) -> None:
    text = login(MembershipFactory(hotel=hotel).user, expiresInDays=1).json()["token"]

    with time_machine.travel(datetime.now(tz=UTC) + timedelta(days=1, seconds=1)):
        assert client_with(text).get("/api/auth/me").status_code == 401


@pytest.mark.parametrize("days", [0, 367, -1, 10**30, "90"])
def test_a_lifetime_out_of_range_is_refused(days: Any) -> None:
    answer = login(UserFactory(), expiresInDays=days)

    assert answer.json()["errors"][0]["field"] == "expiresInDays"


def test_a_login_can_ask_for_a_read_only_token(hotel: Hotel) -> None:
    text = login(MembershipFactory(hotel=hotel).user, readOnly=True).json()["token"]

    assert client_with(text).get("/api/auth/me").json()["readOnly"] is True


def test_a_login_for_hotels_of_others_is_refused(hotel: Hotel) -> None:
    user = MembershipFactory(hotel=hotel).user

    answer = login(user, hotelIds=[hotel.pk, HotelFactory().pk])

    assert answer.json()["errors"][0]["field"] == "hotelIds"
    assert not ApiToken.objects.exists()


def test_logging_out_revokes_the_token(manager: APIClient) -> None:
    assert manager.post("/api/auth/logout").status_code == 204
    assert manager.get("/api/auth/me").status_code == 401


def test_a_read_only_token_may_log_out(hotel: Hotel) -> None:
    client = client_of(MembershipFactory(hotel=hotel).user, read_only=True)

    assert client.post("/api/auth/logout").status_code == 204


def test_a_session_has_no_token_to_revoke(hotel: Hotel) -> None:
    client = APIClient()
    client.force_login(MembershipFactory(hotel=hotel).user)

    assert client.post("/api/auth/logout").status_code == 400
