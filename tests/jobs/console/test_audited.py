"""What people do on the pages about jobs is in the audit trail, once."""

from collections.abc import Callable
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hotels.models import AuditEntry, Hotel
from jobs import dispatch
from jobs.base import Job
from jobs.models import JobExecution
from tests.jobs.engine import waiting

pytestmark = pytest.mark.django_db

Act = Callable[[Client, Hotel], Any]


def run(browser: Client, hotel: Hotel) -> Any:
    key = str(uuid4())
    data = {"hotel": hotel.code, "key": key}
    return [browser.post(reverse("jobs:run-start", args=["greet-guests"]), data) for _ in "12"]


def retry(browser: Client, hotel: Hotel) -> Any:
    row = waiting(hotel, status="FAILED", failure_kind="failed", completed_at="2026-07-15T06:00Z")
    return browser.post(reverse("jobs:retry", args=[row.pk]))


def cancel(browser: Client, hotel: Hotel) -> Any:
    return browser.post(reverse("jobs:cancel", args=[waiting(hotel).pk]))


@pytest.mark.parametrize("act", [run, retry, cancel])
def test_an_act_is_recorded_once_and_survives_its_person(
    greetings: Job, manager: Client, owner: User, hotel: Hotel, act: Act
) -> None:
    with mock.patch.object(dispatch, "begin"):
        act(manager, hotel)
    owner.delete()

    entry = AuditEntry.objects.get()
    assert (entry.username, entry.verb, entry.via) == ("owner", act.__name__, "ADMIN")
    assert (entry.user, entry.hotel) == (None, hotel)
    assert entry.object_id == str(JobExecution.objects.earliest("pk").pk)


@pytest.mark.parametrize("act", [run, retry, cancel])
def test_what_was_refused_is_not_recorded(
    greetings: Job, viewer: Client, hotel: Hotel, act: Act
) -> None:
    act(viewer, hotel)

    assert not AuditEntry.objects.exists()


def test_a_preview_is_no_act(greetings: Job, manager: Client, hotel: Hotel) -> None:
    manager.post(reverse("jobs:run-preview", args=["greet-guests"]), {"hotel": hotel.code})

    assert not AuditEntry.objects.exists()
