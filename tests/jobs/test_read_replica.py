"""Lists and statistics of executions are read where `hotels.read_replica` says; nothing else is."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.connection import ConnectionDoesNotExist

from hotels import read_replica
from hotels.models import Hotel
from jobs.models import JobExecution, Status
from tests.factories import UserFactory
from tests.jobs.engine import waiting

pytestmark = pytest.mark.django_db
LIST = reverse("admin:jobs_jobexecution_changelist")


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(UserFactory(is_superuser=True))
    return client


@pytest.fixture
def elsewhere() -> Iterator[list[str]]:
    """The errors of lists that are first read from a database that does not exist."""
    errors: list[str] = []

    def read(reading: Any) -> Any:
        with pytest.raises(ConnectionDoesNotExist) as caught:
            read_replica._from("elsewhere", reading)
        errors.append(str(caught.value))
        return reading()

    with mock.patch.object(read_replica, "read", read):
        yield errors


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/api/jobs"), ("get", "/api/jobs/stats"), ("head", "/api/jobs"), ("get", LIST)],
)
def test_lists_and_statistics_are_read_from_the_replica_and_if_it_fails_again(
    superuser: Client, elsewhere: list[str], method: str, path: str
) -> None:
    assert getattr(superuser, method)(path).status_code == 200

    assert elsewhere == ["The connection 'elsewhere' doesn't exist."]


def test_one_execution_and_a_decision_are_read_from_the_primary(
    superuser: Client, elsewhere: list[str], hotel: Hotel
) -> None:
    row = waiting(hotel)

    assert superuser.get(f"/api/jobs/{row.pk}").status_code == 200
    answer = superuser.post(LIST, {"action": "cancel", "_selected_action": [row.pk]})

    assert (answer.status_code, elsewhere) == (302, [])
    assert JobExecution.objects.get(pk=row.pk).status == Status.SKIPPED
