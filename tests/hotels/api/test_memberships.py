"""Granting, changing and ending memberships."""

from typing import Any

import pytest

from hotels.models import Hotel
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.hotels.http.clients import Role, client_of

pytestmark = pytest.mark.django_db


def test_a_superuser_grants_a_membership_that_an_administrator_changes(
    hotel: Hotel, member: Any, superuser: Any
) -> None:
    newcomer = UserFactory()
    body = {"username": newcomer.username, "hotelId": hotel.pk, "role": "VIEWER"}

    made = superuser.post("/api/memberships", body, format="json").json()
    path = f"/api/memberships/{made['id']}"
    change = {"role": "MANAGER", "active": False}
    changed = member(Role.ADMIN).patch(path, change, format="json").json()

    assert changed == made | change


def test_a_second_membership_is_a_conflict(hotel: Hotel, superuser: Any) -> None:
    known = MembershipFactory(hotel=hotel).user
    body = {"username": known.username, "hotelId": hotel.pk, "role": "ADMIN"}

    assert superuser.post("/api/memberships", body, format="json").status_code == 409


@pytest.mark.parametrize("body", [{"hotelId": 1}, {"username": "x"}, {"id": 5}, {"userId": 1}])
def test_user_and_hotel_of_a_membership_are_fixed(
    hotel: Hotel, member: Any, body: dict[str, Any]
) -> None:
    row = MembershipFactory(hotel=hotel)

    answer = member(Role.ADMIN).patch(f"/api/memberships/{row.pk}", body, format="json")

    assert answer.json()["errors"][0]["detail"] == "Unknown member."


def test_an_unknown_user_name_is_refused(hotel: Hotel, superuser: Any) -> None:
    body = {"username": "nobody", "hotelId": hotel.pk, "role": "VIEWER"}

    answer = superuser.post("/api/memberships", body, format="json")

    assert answer.json()["errors"][0] == {
        "field": "username",
        "detail": "No active user has this name.",
        "code": "invalid",
    }


def test_a_limited_token_of_a_superuser_lists_memberships_of_its_hotels(hotel: Hotel) -> None:
    MembershipFactory(hotel=HotelFactory())
    row = MembershipFactory(hotel=hotel)
    client = client_of(UserFactory(is_superuser=True), hotels=[hotel])

    rows = client.get("/api/memberships").json()["memberships"]

    assert [each["id"] for each in rows] == [row.pk]
    assert client.get("/api/auth/me").json()["superuser"] is False


def test_an_ended_membership_returns_only_with_an_invitation(
    hotel: Hotel, member: Any, superuser: Any
) -> None:
    """Reactivated by fiat, the person's tokens and name would be in reach of the administrator."""
    row = MembershipFactory(hotel=hotel, active=False)
    path = f"/api/memberships/{row.pk}"

    refused = member(Role.ADMIN).patch(path, {"active": True, "role": "ADMIN"}, format="json")
    role_alone = member(Role.ADMIN).patch(path, {"role": "VIEWER"}, format="json")
    renewed = superuser.patch(path, {"active": True}, format="json")

    assert (refused.status_code, role_alone.status_code) == (409, 200)
    assert renewed.json()["active"] is True
