"""Actions on the job pages are recorded in the audit trail once."""

from collections.abc import Callable
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hotels.models import AuditEntry, Hotel
from jobs.base import Job
from jobs.dispatch import requests
from jobs.models import JobExecution
from tests.jobs.engine import waiting

pytestmark = pytest.mark.django_db

ConsoleAction = Callable[[Client, Hotel], Any]


def run(client: Client, hotel: Hotel) -> Any:
    key = str(uuid4())
    data = {"hotel": hotel.code, "key": key}
    return [client.post(reverse("jobs:run-start", args=["greet-guests"]), data) for _ in "12"]


def retry(client: Client, hotel: Hotel) -> Any:
    row = waiting(hotel, status="FAILED", failure_kind="failed", completed_at="2026-07-15T06:00Z")
    return client.post(reverse("jobs:retry", args=[row.pk]))


def cancel(client: Client, hotel: Hotel) -> Any:
    return client.post(reverse("jobs:cancel", args=[waiting(hotel).pk]))


@pytest.mark.parametrize("action", [run, retry, cancel])
def test_an_action_is_recorded_once_and_kept_when_the_user_is_deleted(
    greetings: Job, manager: Client, owner: User, hotel: Hotel, action: ConsoleAction
) -> None:
    with mock.patch.object(requests, "Thread"):
        action(manager, hotel)
    owner.delete()

    entry = AuditEntry.objects.get()
    assert (entry.username, entry.verb, entry.via) == ("owner", action.__name__, "ADMIN")
    assert (entry.user, entry.hotel) == (None, hotel)
    assert entry.object_id == str(JobExecution.objects.earliest("pk").pk)


@pytest.mark.parametrize("action", [run, retry, cancel])
def test_a_refused_action_is_not_recorded(
    greetings: Job, viewer: Client, hotel: Hotel, action: ConsoleAction
) -> None:
    action(viewer, hotel)

    assert not AuditEntry.objects.exists()


def test_a_preview_is_not_recorded(greetings: Job, manager: Client, hotel: Hotel) -> None:
    address = reverse("jobs:run-preview", args=["greet-guests"])
    manager.post(address, {"hotel": hotel.code}, follow=True)

    assert not AuditEntry.objects.exists()
