"""The page that invites people, and the page on which they answer."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hotels.console.invitations import answer
from hotels.models import Hotel, Invitation, Membership
from tests.factories import MembershipFactory, UserFactory
from tests.hotels.console.conftest import browser

pytestmark = pytest.mark.django_db
Role = Membership.Role
PAGE = "/admin/invitations/"
PASSWORD = "long-Enough-9"


@pytest.fixture
def chief(hotel: Hotel) -> Client:
    """An administrator of the hotel."""
    return browser(MembershipFactory(hotel=hotel, user__username="chief", role=Role.ADMIN).user)


@pytest.fixture
def link(chief: Client, hotel: Hotel) -> str:
    """Path of an open invitation for the front desk."""
    return invited(chief, hotel)


def invited(client: Client, hotel: Hotel) -> str:
    body = {"hotel": hotel.code, "role": Role.FRONT_DESK, "recipient": "ana@a.example"}
    shown = client.post(PAGE, body).content.decode()
    found = re.search(r'value="http://testserver(/admin/invitations/[\w-]+/)"', shown)
    assert found, shown
    return found[1]


def created(link: str, username: str, password: str = PASSWORD) -> str:
    body = {"choice": "create", "username": username}
    passwords = {"password1": password, "password2": password}
    return Client().post(link, body | passwords).content.decode()


def test_the_link_of_an_invitation_is_shown_once(chief: Client, link: str) -> None:
    later = chief.get(PAGE).content.decode()

    assert "ana@a.example" in later
    assert link not in later


def test_only_administrators_invite(manager: Client, hotel: Hotel) -> None:
    body = {"hotel": hotel.code, "role": Role.VIEWER}

    assert manager.get(PAGE).status_code == 403
    assert manager.post(PAGE, body).status_code == 403
    assert not Invitation.objects.exists()


def test_nobody_is_invited_to_a_hotel_of_others(chief: Client, elsewhere: Hotel) -> None:
    MembershipFactory(hotel=elsewhere, user=User.objects.get(username="chief"), role=Role.MANAGER)

    chief.post(PAGE, {"hotel": elsewhere.code, "role": Role.VIEWER})

    assert not Invitation.objects.exists()


def test_administrators_see_and_revoke_only_invitations_of_their_hotels(
    chief: Client, link: str, elsewhere: Hotel
) -> None:
    other = browser(MembershipFactory(hotel=elsewhere, role=Role.ADMIN).user)
    path = f"{PAGE}{Invitation.objects.get().pk}/revoke/"

    assert "ana@a.example" not in other.get(PAGE).content.decode()
    assert other.post(path).status_code == 404
    assert Client().get(link).status_code == 200
    assert chief.post(path).status_code == 302
    assert Client().get(link).status_code == 410


def test_who_is_logged_in_accepts(link: str, hotel: Hotel) -> None:
    ana = UserFactory()

    shown = browser(ana).get(link).content.decode()
    answered = browser(ana).post(link, {"choice": "accept"})

    assert (hotel.name in shown, "Front desk" in shown, "chief" in shown) == (True, True, True)
    assert answered.headers["Location"] == "/admin/"
    assert Membership.objects.get(user=ana).role == Role.FRONT_DESK


def test_looking_at_an_invitation_accepts_nothing(link: str) -> None:
    ana = UserFactory()

    browser(ana).get(link)

    assert not Membership.objects.filter(user=ana).exists()


def test_who_is_not_logged_in_logs_in_and_comes_back(link: str) -> None:
    shown = Client().get(link).content.decode()

    assert f'href="/admin/login/?next={link}"' in shown


def test_accepting_needs_a_login(link: str) -> None:
    Client().post(link, {"choice": "accept"})

    assert Invitation.objects.get().status == "OPEN"


def test_who_has_no_account_creates_one_and_is_logged_in(link: str, hotel: Hotel) -> None:
    client = Client()
    body = {"choice": "create", "username": "ana", "password1": PASSWORD, "password2": PASSWORD}

    client.post(link, body)

    assert client.get("/admin/").status_code == 200
    assert Membership.objects.get(user__username="ana").hotel == hotel
    ana = User.objects.get(username="ana")
    assert (ana.is_staff, ana.is_superuser) == (True, False)


@pytest.mark.parametrize(
    ("username", "password", "sentence"),
    [
        ("eve", "secret", "This password is too short"),
        ("CHIEF", PASSWORD, "A user with that username already exists."),
    ],
)
def test_an_account_needs_a_good_password_and_a_free_name(
    username: str, password: str, sentence: str, link: str
) -> None:
    assert sentence in created(link, username, password)
    assert Invitation.objects.get().status == "OPEN"


def test_few_user_names_can_be_tried_out(link: str) -> None:
    for _ in range(answer.PER_ADDRESS.allowed):
        created(link, "chief")

    assert "Too many attempts. Try again later." in created(link, "chief")


def test_an_invitation_is_declined_without_a_login(link: str) -> None:
    shown = Client().post(link, {"choice": "decline"}).content.decode()

    assert "You declined the invitation." in shown
    assert Invitation.objects.get().status == "DECLINED"


def test_an_unknown_link_is_answered_like_a_used_one(link: str) -> None:
    browser(UserFactory()).post(link, {"choice": "accept"})

    used, unknown = Client().get(link), Client().get(f"{PAGE}{'x' * 43}/")

    for refused in (used, unknown):
        assert refused.status_code == 410
        assert "This invitation is no longer valid." in refused.content.decode()


def test_no_cache_keeps_the_page_and_no_other_site_learns_its_address(link: str) -> None:
    shown = Client().get(link)

    assert "no-store" in shown.headers["Cache-Control"]
    assert shown.headers["Referrer-Policy"] == "no-referrer"


def test_no_hotel_is_proposed_to_an_administrator_of_several(hotel: Hotel) -> None:
    chief = MembershipFactory(hotel=hotel, role=Role.ADMIN).user
    MembershipFactory(user=chief, role=Role.ADMIN)
    client = browser(chief)

    assert client.get(PAGE).context["form"].initial["hotel"] == ""
    assert client.get(PAGE, {"hotel": hotel.code}).context["form"].initial["hotel"] == hotel.code
