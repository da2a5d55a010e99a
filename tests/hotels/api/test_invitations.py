"""Inviting people over the API."""

from typing import Any

import pytest
from django.test import Client

from hotels.models import Hotel, Invitation
from tests.factories import HotelFactory, MembershipFactory
from tests.hotels.http.clients import Role, client_of

pytestmark = pytest.mark.django_db


def invited(client: Any, hotel: Hotel, **more: Any) -> Any:
    body = {"hotelId": hotel.pk, "role": "VIEWER"} | more
    return client.post("/api/invitations", body, format="json")


def test_an_administrator_gets_a_link_once(hotel: Hotel, member: Any) -> None:
    admin = member(Role.ADMIN)

    made = invited(admin, hotel, recipient="Ana").json()
    (listed,) = admin.get("/api/invitations").json()["invitations"]

    assert Client().get(made["link"]).status_code == 200
    assert listed == {name: value for name, value in made.items() if name != "link"}
    assert (listed["recipient"], listed["role"]) == ("Ana", "VIEWER")


def test_a_revoked_invitation_is_not_listed_and_its_link_is_refused(
    hotel: Hotel, member: Any
) -> None:
    admin = member(Role.ADMIN)
    made = invited(admin, hotel).json()

    assert admin.delete(f"/api/invitations/{made['id']}").status_code == 204
    assert admin.get("/api/invitations").json()["total"] == 0
    assert Client().get(made["link"]).status_code == 410
    assert admin.delete(f"/api/invitations/{made['id']}").status_code == 404


def test_administrators_of_other_hotels_see_nothing(hotel: Hotel, member: Any) -> None:
    made = invited(member(Role.ADMIN), hotel).json()
    other = client_of(MembershipFactory(hotel=HotelFactory(), role=Role.ADMIN).user)

    assert other.get("/api/invitations").json()["total"] == 0
    assert other.delete(f"/api/invitations/{made['id']}").status_code == 404
    assert invited(other, hotel).status_code == 404


def test_a_role_that_may_not_grant_cannot_invite(hotel: Hotel, member: Any) -> None:
    assert invited(member(Role.MANAGER), hotel).status_code == 403
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("more", [{"role": "OWNER"}, {"recipient": "a\u202eb"}, {"email": "x"}])
def test_malformed_invitations_are_refused(hotel: Hotel, member: Any, more: Any) -> None:
    assert invited(member(Role.ADMIN), hotel, **more).status_code == 400
