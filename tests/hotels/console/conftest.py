"""Users of the console pages and their logged-in clients."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from hotels.models import Hotel, Membership
from tests.factories import HotelFactory, MembershipFactory

Role = Membership.Role


@pytest.fixture
def morning(now: datetime) -> Iterator[None]:
    """Freeze the time at the morning of the tests."""
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def owner(hotel: Hotel) -> User:
    """A manager of the hotel."""
    return MembershipFactory(hotel=hotel, user__username="owner").user


@pytest.fixture
def manager(owner: User) -> Client:
    return browser(owner)


@pytest.fixture
def desk(hotel: Hotel) -> Client:
    """A front desk user of the same hotel."""
    role = Role.FRONT_DESK
    return browser(MembershipFactory(hotel=hotel, user__username="desk", role=role).user)


@pytest.fixture
def viewer(hotel: Hotel) -> Client:
    """A viewer of the same hotel."""
    role = Role.VIEWER
    return browser(MembershipFactory(hotel=hotel, user__username="viewer", role=role).user)


@pytest.fixture
def elsewhere(db: None) -> Hotel:
    """A hotel of other users."""
    return HotelFactory(name="Elsewhere")


@pytest.fixture
def outsider(elsewhere: Hotel) -> Client:
    """A manager of another hotel."""
    return browser(MembershipFactory(hotel=elsewhere, user__username="outsider").user)


def browser(user: User) -> Client:
    """Return a client in which `user` is logged in."""
    client = Client()
    client.force_login(user)
    return client
