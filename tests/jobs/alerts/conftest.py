"""A job that tests fail, and the person who wants to hear of it."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User

from hotels.models import Hotel
from jobs.base import Job
from tests.jobs.alerts.rules import manager_of
from tests.jobs.engine import only_job


@pytest.fixture(autouse=True)
def greetings() -> Iterator[Job]:
    """The only job, `greet-guests`, due daily at 04:00 UTC."""
    with only_job() as job:
        yield job


@pytest.fixture
def owner(hotel: Hotel) -> User:
    """A manager of the hotel."""
    return manager_of(hotel)
