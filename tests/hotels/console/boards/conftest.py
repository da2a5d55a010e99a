"""The cast of the boards, their browsers, and the morning at which they look."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from hotels.models import Hotel, Membership
from tests.factories import HotelFactory, MembershipFactory

Role = Membership.Role


@pytest.fixture(autouse=True)
def _morning(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def owner(hotel: Hotel) -> User:
    """A manager of the hotel."""
    return MembershipFactory(hotel=hotel, user__username="owner").user


@pytest.fixture
def manager(owner: User) -> Client:
    return browser_of(owner)


@pytest.fixture
def viewer(hotel: Hotel) -> Client:
    """Somebody of the same hotel who only sees."""
    return browser_of(MembershipFactory(hotel=hotel, role=Role.VIEWER).user)


@pytest.fixture
def elsewhere(db: None) -> Hotel:
    """A hotel of other people."""
    return HotelFactory(name="Elsewhere")


@pytest.fixture
def outsider(elsewhere: Hotel) -> Client:
    """A manager of another hotel."""
    return browser_of(MembershipFactory(hotel=elsewhere, user__username="outsider").user)


def browser_of(user: User) -> Client:
    """A client in which the person is logged in."""
    client = Client()
    client.force_login(user)
    return client
