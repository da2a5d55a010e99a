"""The page on which administrators set up and revoke wall screens."""

import re

import pytest
from django.test import Client

from hotels.models import AuditEntry, Hotel, Membership
from jobs.models import WallScreen
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db
PAGE = "/admin/wall-screens/"


def administrator(hotel: Hotel) -> Client:
    client = Client()
    client.force_login(MembershipFactory(hotel=hotel, role=Membership.Role.ADMIN).user)
    return client


def test_an_administrator_gets_addresses_that_work_until_they_are_revoked(hotel: Hotel) -> None:
    client = administrator(hotel)

    shown = client.post(PAGE, {"label": "Office", "hotels": hotel.code})

    assert "no-store" in shown.headers["Cache-Control"]
    address = re.search(r'id="json" value="http://testserver([^"]+)"', shown.content.decode())
    assert address
    assert Client().get(address[1]).status_code == 200
    assert address[1].split("/")[-1] not in client.get(PAGE).content.decode()

    client.post(f"{PAGE}{WallScreen.objects.get().public_id}/revoke/")
    assert Client().get(address[1]).status_code == 404
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["add", "revoke"]


def test_managers_set_up_none(manager: Client) -> None:
    assert manager.get(PAGE).status_code == 403


def test_administrators_choose_only_their_own_hotels(hotel: Hotel, elsewhere: Hotel) -> None:
    client = administrator(hotel)

    client.post(PAGE, {"label": "Office", "hotels": elsewhere.code})

    assert not WallScreen.objects.exists()


def test_a_screen_of_other_hotels_is_not_found(hotel: Hotel, elsewhere: Hotel) -> None:
    administrator(elsewhere).post(PAGE, {"label": "Theirs", "hotels": elsewhere.code})
    screen = WallScreen.objects.get()
    client = administrator(hotel)

    assert "Theirs" not in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}{screen.public_id}/revoke/").status_code == 404
