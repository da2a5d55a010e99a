"""The cast: a manager of the hotel, and a manager of another one."""

import pytest
from django.test import Client

from hotels.models import Hotel
from tests.factories import HotelFactory, MembershipFactory


@pytest.fixture
def owner(hotel: Hotel) -> Client:
    """The browser of a manager of the hotel."""
    client = Client()
    client.force_login(MembershipFactory(hotel=hotel, user__username="owner").user)
    return client


@pytest.fixture
def elsewhere(db: None) -> Hotel:
    """A hotel of other people."""
    return HotelFactory(name="Elsewhere", code="elsewhere")


@pytest.fixture
def outsider(elsewhere: Hotel) -> Client:
    """The browser of a manager of that one."""
    client = Client()
    client.force_login(MembershipFactory(hotel=elsewhere, user__username="outsider").user)
    return client
