"""The cast of the console, their browsers, and a job of one service."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from hotels.models import Hotel, Membership
from jobs.base import Job
from tests.factories import HotelFactory, MembershipFactory
from tests.jobs.engine import only_job


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def owner(hotel: Hotel) -> User:
    """A manager of the hotel."""
    return MembershipFactory(hotel=hotel, user__username="owner").user


@pytest.fixture
def manager(owner: User) -> Client:
    return _browser(owner)


@pytest.fixture
def viewer(hotel: Hotel) -> Client:
    """Somebody of the same hotel who only sees."""
    role = Membership.Role.VIEWER
    return _browser(MembershipFactory(hotel=hotel, user__username="viewer", role=role).user)


@pytest.fixture
def elsewhere(db: None) -> Hotel:
    """A hotel of other people."""
    return HotelFactory(name="Elsewhere", code="elsewhere")


@pytest.fixture
def outsider(elsewhere: Hotel) -> Client:
    """A manager of another hotel."""
    return _browser(MembershipFactory(hotel=elsewhere, user__username="outsider").user)


@pytest.fixture
def greetings() -> Iterator[Job]:
    """The only job there is: `greet-guests`, due daily at 04:00 UTC."""
    with only_job() as job:
        yield job


def _browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
