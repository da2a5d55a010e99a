"""The page on which users see and end their sessions and tokens."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hotels.models import ApiToken, Hotel, UserSession
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.hotels.console.conftest import browser
from tests.hotels.http.clients import client_with

pytestmark = pytest.mark.django_db
PAGE = "/admin/security/"


@pytest.fixture
def ana(hotel: Hotel) -> User:
    return MembershipFactory(hotel=hotel, user__username="ana").user


def created(client: Client, **more: Any) -> str:
    """The token that the page shows, empty if it shows none."""
    body = {"label": "PMS", "days": "30", "password": "secret"} | more
    found = re.search(r'id="token" value="(\w+)"', client.post(PAGE, body).content.decode())
    return found[1] if found else ""


def test_users_see_only_their_own_tokens_and_sessions(ana: User) -> None:
    other = UserFactory()
    browser(other)
    ApiToken.issue(user=other, label="theirs")
    ApiToken.issue(user=ana, label="mine")

    shown = browser(ana).get(PAGE)

    assert "mine" in shown.content.decode()
    assert "theirs" not in shown.content.decode()
    assert [each["row"].user for each in shown.context["sessions"]] == [ana]


def test_the_page_shows_no_session_key(ana: User) -> None:
    client = browser(ana)
    browser(ana)

    shown = client.get(PAGE).content.decode()

    assert not [row for row in UserSession.objects.all() if row.session_key in shown]


def test_a_user_without_a_hotel_sees_the_page() -> None:
    assert browser(UserFactory()).get(PAGE).status_code == 200


def test_a_token_is_shown_once_and_limited_as_chosen(ana: User, hotel: Hotel) -> None:
    client = browser(ana)

    text = created(client, hotels=hotel.code, read_only="on")

    token = ApiToken.objects.get()
    assert client_with(text).get("/api/auth/me").json()["readOnly"] is True
    assert (token.label, list(token.hotels.all())) == ("PMS", [hotel])
    assert text not in client.get(PAGE).content.decode()


def test_a_token_needs_the_password(ana: User) -> None:
    assert not created(browser(ana), password="wrong")
    assert not ApiToken.objects.exists()


def test_a_token_is_not_limited_to_a_hotel_of_others(ana: User) -> None:
    assert not created(browser(ana), hotels=HotelFactory().code)
    assert not ApiToken.objects.exists()


def test_users_revoke_only_their_own_tokens(ana: User) -> None:
    mine, text = ApiToken.issue(user=ana)
    theirs, _ = ApiToken.issue(user=UserFactory())
    client = browser(ana)

    assert client.post(f"{PAGE}tokens/{theirs.public_id}/revoke/").status_code == 404
    assert client.post(f"{PAGE}tokens/{mine.public_id}/revoke/").status_code == 302
    assert client_with(text).get("/api/auth/me").status_code == 401


def test_one_session_or_all_others_are_ended(ana: User) -> None:
    here, there, phone = browser(ana), browser(ana), browser(ana)
    others = [each for each in here.get(PAGE).context["sessions"] if not each["current"]]

    here.post(f"{PAGE}log-out/", {"session": others[0]["public_id"]})
    assert UserSession.objects.count() == 2
    here.post(f"{PAGE}log-out/")

    found = [each.get(PAGE).status_code for each in (here, there, phone)]
    assert found == [200, 302, 302]


def test_sessions_of_others_are_not_ended(ana: User) -> None:
    client, theirs = browser(ana), browser(UserFactory())
    public_id = theirs.get(PAGE).context["sessions"][0]["public_id"]

    client.post(f"{PAGE}log-out/", {"session": public_id})

    assert theirs.get(PAGE).status_code == 200
