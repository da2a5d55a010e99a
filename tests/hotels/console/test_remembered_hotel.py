"""The hotel that a user chose on one page is chosen on the others."""

import pytest
from django.test import Client
from django.urls import reverse

from hotels.models import Hotel, Membership
from tests.factories import HotelFactory, MembershipFactory

pytestmark = pytest.mark.django_db
BOARD = reverse("hotels:housekeeping")
INVOICES = reverse("hotels:invoices")
TIMELINE = reverse("jobs:timeline")


@pytest.fixture
def second() -> Hotel:
    """The second hotel of the user, by name."""
    return HotelFactory(code="second", name="Second")


@pytest.fixture
def membership(second: Hotel) -> Membership:
    """The manager of two hotels."""
    first = MembershipFactory(hotel=HotelFactory(code="first", name="First"))
    return MembershipFactory(user=first.user, hotel=second)


@pytest.fixture
def manager(membership: Membership, client: Client) -> Client:
    """A user who has just looked at the invoices of the second hotel."""
    client.force_login(membership.user)
    client.get(INVOICES, {"hotel": "second"})
    return client


@pytest.mark.parametrize("page", [BOARD, INVOICES, TIMELINE])
def test_other_pages_open_with_the_chosen_hotel(manager: Client, page: str) -> None:
    answer = manager.get(page)

    assert (answer.status_code, answer["Location"]) == (302, f"{page}?hotel=second")
    assert manager.get(answer["Location"]).context["hotel"].code == "second"


def test_a_link_on_a_page_about_all_hotels_stays_there(manager: Client) -> None:
    assert manager.get(INVOICES, {"show": "due"}).context["hotel"] is None


def test_a_file_is_about_what_its_page_shows(manager: Client) -> None:
    file = reverse("jobs:trends-csv", args=["generate-invoices", "success"])

    assert manager.get(file).status_code != 302


def test_the_address_wins_and_is_remembered(manager: Client) -> None:
    assert manager.get(BOARD, {"hotel": "first"}).context["hotel"].code == "first"

    assert manager.get(TIMELINE)["Location"] == f"{TIMELINE}?hotel=first"


def test_all_hotels_are_remembered_too(manager: Client) -> None:
    manager.get(INVOICES, {"hotel": ""})

    assert manager.get(TIMELINE).context["hotel"] is None


def test_a_hotel_that_was_taken_away_is_not_chosen(manager: Client, membership: Membership) -> None:
    membership.delete()

    answer = manager.get(BOARD)

    assert (answer.status_code, answer.context["hotel"].code) == (200, "first")


def test_a_hotel_of_others_is_neither_shown_nor_remembered(manager: Client) -> None:
    HotelFactory(code="theirs")

    assert manager.get(INVOICES, {"hotel": "theirs"}).status_code == 404
    assert manager.get(INVOICES)["Location"] == f"{INVOICES}?hotel=second"


def test_another_user_of_the_browser_begins_without_a_hotel(manager: Client) -> None:
    manager.logout()
    manager.force_login(MembershipFactory().user)

    assert manager.get(INVOICES).status_code == 200


def test_pages_about_many_hotels_are_about_the_only_hotel_of_a_user(
    manager: Client, membership: Membership
) -> None:
    """So they are in its time, as Home is."""
    night = reverse("jobs:night")
    manager.get(night, {"hotel": ""})
    assert str(manager.get(night).context["zone"]) == "UTC"

    membership.delete()

    page = manager.get(night)
    assert (page.context["hotel"].code, page.context["zone"]) == (
        "first",
        page.context["hotel"].zone,
    )
