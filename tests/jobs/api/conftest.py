"""The cast of the API tests: people with roles, clients that speak for them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from hotels.models import Hotel, Membership
from jobs.models import ApiToken
from tests.factories import MembershipFactory, UserFactory

SECRET = "the-cron-secret-of-the-tests"
Role = Membership.Role


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    """Every test begins with fresh throttles."""
    cache.clear()
    yield
    cache.clear()


def client_of(user: Any, **token: Any) -> APIClient:
    """A client that sends a token of the person."""
    _, text = ApiToken.issue(user=user, **token)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {text}")
    return client


@pytest.fixture
def member(hotel: Hotel) -> Callable[[str], APIClient]:
    """A client of a new member of `hotel`, by role."""
    return lambda role: client_of(MembershipFactory(hotel=hotel, role=role).user)


@pytest.fixture
def manager(member: Callable[[str], APIClient]) -> APIClient:
    """A manager of `hotel`, and of no other."""
    return member(Role.MANAGER)


@pytest.fixture
def superuser(db: None) -> APIClient:
    """Somebody who may do everything everywhere."""
    return client_of(UserFactory(is_superuser=True))


@pytest.fixture
def cron(settings: Any) -> APIClient:
    """A timer that knows the secret."""
    settings.CRON_SECRET = [SECRET]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {SECRET}")
    return client
