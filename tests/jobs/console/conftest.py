"""Users of the console with their clients, and a registry with one job."""

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
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def owner(hotel: Hotel) -> User:
    """Return a manager of the hotel."""
    return MembershipFactory(hotel=hotel, user__username="owner").user


@pytest.fixture
def manager(owner: User) -> Client:
    return _client(owner)


@pytest.fixture
def viewer(hotel: Hotel) -> Client:
    """Return the client of a viewer of the same hotel."""
    role = Membership.Role.VIEWER
    return _client(MembershipFactory(hotel=hotel, user__username="viewer", role=role).user)


@pytest.fixture
def elsewhere(db: None) -> Hotel:
    """Return a hotel of another group."""
    return HotelFactory(name="Elsewhere", code="elsewhere")


@pytest.fixture
def outsider(elsewhere: Hotel) -> Client:
    """Return the client of a manager of another hotel."""
    return _client(MembershipFactory(hotel=elsewhere, user__username="outsider").user)


@pytest.fixture
def greetings() -> Iterator[Job]:
    """Register `greet-guests` as the only job, due daily at 04:00 UTC."""
    with only_job() as job:
        yield job


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
