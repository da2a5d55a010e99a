"""Access of a request: the roles of the user, restricted by the token."""

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from hotels.http.access import request_access
from hotels.models import ApiToken, Hotel, Membership
from hotels.roles import Action
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.hotels.http.clients import Role, client_of

pytestmark = pytest.mark.django_db


def test_a_page_request_has_the_roles_of_its_user(hotel: Hotel) -> None:
    request = RequestFactory().get("/")
    request.user = MembershipFactory(hotel=hotel, role=Role.MANAGER).user

    assert dict(request_access(request).roles) == {hotel.pk: Role.MANAGER}


def test_an_api_request_has_the_roles_its_token_reaches(hotel: Hotel) -> None:
    user = MembershipFactory(hotel=hotel, role=Role.MANAGER).user
    MembershipFactory(user=user)
    request = Request(RequestFactory().get("/"))
    request.user, request.auth = user, ApiToken.issue(user=user, hotels=[hotel])[0]

    assert dict(request_access(request).roles) == {hotel.pk: Role.MANAGER}


def test_a_limited_token_of_a_superuser_is_an_administrator_of_its_hotels_only(
    hotel: Hotel,
) -> None:
    user = UserFactory(is_superuser=True)
    request = Request(RequestFactory().get("/"))
    request.user, request.auth = user, ApiToken.issue(user=user, hotels=[hotel])[0]

    access = request_access(request)

    assert access.everywhere is False
    assert access.hotel_ids(action=Action.GRANT) == {hotel.pk}


def test_a_limited_token_whose_hotels_are_deleted_reaches_no_hotel() -> None:
    gone = HotelFactory()
    client = client_of(UserFactory(is_superuser=True), hotels=[gone])
    gone.delete()

    assert client.get("/api/auth/me").json()["hotels"] == []
    assert client.get("/api/jobs").json()["total"] == 0


def test_a_limited_token_restricts_the_lists_of_hotels_and_memberships(hotel: Hotel) -> None:
    user = MembershipFactory(role=Role.ADMIN).user
    Membership.objects.create(user=user, hotel=hotel, role=Role.ADMIN)
    client = client_of(user, hotels=[hotel])

    members = client.get("/api/memberships").json()["memberships"]
    assert {row["hotelId"] for row in members} == {hotel.pk}
    assert [place["id"] for place in client.get("/api/auth/me").json()["hotels"]] == [hotel.pk]


def test_a_token_loses_access_when_the_membership_ends(hotel: Hotel) -> None:
    membership = MembershipFactory(hotel=hotel)
    client = client_of(membership.user, hotels=[hotel])
    membership.active = False
    membership.save()

    assert client.get("/api/auth/me").json()["hotels"] == []
