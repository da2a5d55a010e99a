"""Users of the admin and their logged-in clients."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hotels.models import Hotel, Membership
from tests.factories import HotelFactory, MembershipFactory, UserFactory

Browser = Callable[[User], Client]


@pytest.fixture
def owner(hotel: Hotel) -> User:
    """A manager of the hotel."""
    return MembershipFactory(hotel=hotel, user__username="owner").user


@pytest.fixture
def colleague(hotel: Hotel) -> User:
    """A viewer of the same hotel."""
    role = Membership.Role.VIEWER
    return MembershipFactory(hotel=hotel, user__username="colleague", role=role).user


@pytest.fixture
def elsewhere(db: None) -> Hotel:
    """A hotel of other users."""
    return HotelFactory(name="Elsewhere")


@pytest.fixture
def outsider(elsewhere: Hotel) -> User:
    """A manager of another hotel."""
    return MembershipFactory(hotel=elsewhere, user__username="outsider").user


@pytest.fixture
def superuser(db: None) -> User:
    return UserFactory(username="root", is_superuser=True)


@pytest.fixture
def browser() -> Browser:
    """Return a function that logs a user in and returns the client."""

    def of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return of


@pytest.fixture
def client_(superuser: User, browser: Browser) -> Client:
    return browser(superuser)
