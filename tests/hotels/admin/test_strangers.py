"""An administrator of one hotel tries to reach a person of another hotel through every door."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from hotels.models import ApiToken, Hotel, Membership, StaffMember
from tests.factories import MembershipFactory, StaffFactory
from tests.hotels.admin.books import form_of, page
from tests.hotels.admin.conftest import Browser
from tests.hotels.http.clients import client_of, client_with

pytestmark = pytest.mark.django_db
Role = Membership.Role


@pytest.fixture
def chief(hotel: Hotel) -> User:
    """An administrator of the hotel."""
    return MembershipFactory(hotel=hotel, role=Role.ADMIN).user


@pytest.fixture
def victim(elsewhere: Hotel) -> User:
    """A person of another hotel, whose address is a secret."""
    names = {
        "user__username": "victim",
        "user__email": "q7@b.example",
        "user__last_name": "Cruz",
    }
    return MembershipFactory(hotel=elsewhere, role=Role.MANAGER, **names).user


@pytest.fixture
def attacker(chief: User) -> APIClient:
    return client_of(chief)


def shown(client: Any, model: Any, term: str) -> list[Any]:
    return list(client.get(page("changelist", model), {"q": term}).context["cl"].result_list)


def test_an_administrator_cannot_renew_an_ended_access(
    hotel: Hotel, chief: User, client_: Client, browser: Browser
) -> None:
    ended = MembershipFactory(hotel=hotel, active=False)
    form = {"role": "VIEWER", "active": "on"}

    browser(chief).post(page("change", ended), form)
    ended.refresh_from_db()
    by_administrator = ended.active
    client_.post(page("change", ended), form)
    ended.refresh_from_db()

    assert (by_administrator, ended.active) == (False, True)  # a superuser may


def next_letters(client: Any) -> list[str]:
    """The letters after `q7@` in an address, as far as searches say."""
    return [each for each in "abc" if shown(client, Membership, f"q7@{each}")]


def test_a_person_of_another_hotel_cannot_be_made_a_member(
    hotel: Hotel, chief: User, victim: User, attacker: APIClient, browser: Browser
) -> None:
    body = {"username": "victim", "hotelId": hotel.pk, "role": "VIEWER"}
    form = {"user": "victim", "hotel": hotel.pk, "role": "VIEWER", "active": "on"}

    over_api = attacker.post("/api/memberships", body, format="json")
    in_console = browser(chief).post(page("add", Membership), form)

    assert (over_api.status_code, in_console.status_code) == (403, 403)
    assert "POST /api/invitations" in over_api.json()["detail"]
    assert not Membership.objects.filter(user=victim, hotel=hotel).exists()


def test_no_answer_says_whether_a_user_name_exists(
    hotel: Hotel, victim: User, attacker: APIClient
) -> None:
    answers = [
        attacker.post(
            "/api/memberships",
            {"username": name, "hotelId": hotel.pk, "role": "VIEWER"},
            format="json",
        ).content
        for name in ("victim", "nobody")
    ]

    assert answers[0] == answers[1]


def test_tokens_of_a_member_that_reach_other_hotels_are_neither_listed_nor_revoked(
    hotel: Hotel, elsewhere: Hotel, victim: User, attacker: APIClient
) -> None:
    MembershipFactory(hotel=hotel, user=victim, role=Role.VIEWER)
    unlimited, text = ApiToken.issue(user=victim)
    both, _ = ApiToken.issue(user=victim, hotels=[hotel, elsewhere])
    theirs, _ = ApiToken.issue(user=victim, hotels=[elsewhere])
    ours, _ = ApiToken.issue(user=victim, hotels=[hotel])

    listed = {row["id"] for row in attacker.get("/api/tokens").json()["tokens"]}

    assert listed & {str(each.public_id) for each in ApiToken.objects.filter(user=victim)} == {
        str(ours.public_id)
    }
    for token in (unlimited, both, theirs):
        assert attacker.delete(f"/api/tokens/{token.public_id}").status_code == 404
    assert client_with(text).get("/api/auth/me").status_code == 200


def test_a_viewer_cannot_read_an_address_letter_by_letter(
    hotel: Hotel, victim: User, colleague: User, browser: Browser
) -> None:
    Membership.objects.filter(user=victim).update(hotel=hotel)

    assert next_letters(browser(colleague)) == []


def test_an_administrator_finds_members_by_address(
    hotel: Hotel, victim: User, chief: User, browser: Browser
) -> None:
    Membership.objects.filter(user=victim).update(hotel=hotel)

    assert next_letters(browser(chief)) == ["b"]


def test_an_administrator_cannot_search_addresses_where_they_are_a_viewer(
    elsewhere: Hotel, victim: User, chief: User, browser: Browser
) -> None:
    MembershipFactory(hotel=elsewhere, user=chief, role=Role.VIEWER)

    assert not shown(browser(chief), Membership, "q7@b.example")


def test_names_and_addresses_of_former_members_cannot_be_searched(
    hotel: Hotel, victim: User, chief: User, browser: Browser
) -> None:
    Membership.objects.filter(user=victim).update(hotel=hotel, active=False)

    assert not shown(browser(chief), Membership, "q7@b.example")
    assert not shown(browser(chief), Membership, "Cruz")


def test_user_names_cannot_be_read_from_the_list_of_staff(
    hotel: Hotel, victim: User, chief: User, browser: Browser
) -> None:
    StaffFactory(hotel=hotel, name="Ana", user=victim)

    assert not shown(browser(chief), StaffMember, "victim")


def test_staff_cannot_be_linked_to_former_members(
    hotel: Hotel, chief: User, browser: Browser
) -> None:
    former = MembershipFactory(hotel=hotel, active=False).user
    person = StaffFactory(hotel=hotel)

    browser(chief).post(page("change", person), form_of(person, user=former.pk))

    person.refresh_from_db()
    assert person.user is None
