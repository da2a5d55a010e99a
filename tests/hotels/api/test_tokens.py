"""Listing and revoking tokens."""

from typing import Any

import pytest

from hotels.models import ApiToken, Hotel, Membership
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.hotels.http.clients import Role, client_of, client_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(hotel: Hotel) -> Membership:
    """A membership of an administrator of two hotels: its own and `hotel`."""
    membership = MembershipFactory(role=Role.ADMIN)
    Membership.objects.create(user=membership.user, hotel=hotel, role=Role.ADMIN)
    return membership


def test_a_limited_token_does_not_see_wider_tokens_of_its_user(
    hotel: Hotel, both: Membership
) -> None:
    wide, _ = ApiToken.issue(user=both.user)
    Membership.objects.filter(user=both.user, hotel=hotel).update(role=Role.MANAGER)
    client = client_of(both.user, hotels=[hotel])

    assert client.delete(f"/api/tokens/{wide.public_id}").status_code == 404
    assert client.get("/api/tokens").json()["total"] == 1


def test_an_administrator_lists_and_revokes_tokens_limited_to_the_hotel(
    hotel: Hotel, member: Any
) -> None:
    colleague = MembershipFactory(hotel=hotel).user
    reaches, text = ApiToken.issue(user=colleague, hotels=[hotel])
    elsewhere = HotelFactory()
    Membership.objects.create(user=colleague, hotel=elsewhere, role=Role.MANAGER)
    ApiToken.issue(user=colleague, hotels=[elsewhere])
    admin = member(Role.ADMIN)

    rows = admin.get("/api/tokens").json()["tokens"]
    revoked = admin.delete(f"/api/tokens/{reaches.public_id}")

    assert {row["username"] for row in rows if row["id"] == str(reaches.public_id)}
    assert len(rows) == 2  # the colleague's that reaches the hotel, and the administrator's own
    assert revoked.status_code == 204
    assert client_with(text).get("/api/auth/me").status_code == 401


def test_an_administrator_does_not_see_tokens_of_superusers(hotel: Hotel, member: Any) -> None:
    boss = MembershipFactory(hotel=hotel, user=UserFactory(is_superuser=True)).user
    token, _ = ApiToken.issue(user=boss)

    assert member(Role.ADMIN).delete(f"/api/tokens/{token.public_id}").status_code == 404
