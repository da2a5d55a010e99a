"""API clients of users with different roles, shared by the tests of the API."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from hotels.models import ApiToken, Hotel, Membership
from tests.factories import MembershipFactory, UserFactory

Role = Membership.Role


def client_with(text: str) -> APIClient:
    """A client that sends the text of a token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {text}")
    return client


def client_of(user: Any, **token: Any) -> APIClient:
    """A client that sends a new token of the user."""
    return client_with(ApiToken.issue(user=user, **token)[1])


@pytest.fixture(autouse=True)
def _fresh_throttles() -> Iterator[None]:
    """Start every test with empty request counters."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def member(hotel: Hotel) -> Callable[[str], APIClient]:
    """A function that returns the client of a new member of `hotel` with the given role."""
    return lambda role: client_of(MembershipFactory(hotel=hotel, role=role).user)


@pytest.fixture
def manager(member: Callable[[str], APIClient]) -> APIClient:
    """The client of a manager of `hotel` and of no other hotel."""
    return member(Role.MANAGER)


@pytest.fixture
def superuser(db: None) -> APIClient:
    """The client of a superuser."""
    return client_of(UserFactory(is_superuser=True))
