"""Whether the process lives, and whether it is ready."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from jobs.models import Tick

pytestmark = pytest.mark.django_db
WELL = {"database": "ok", "migrations": "ok", "tick": "ok"}


def ticked(ago: timedelta) -> None:
    at = timezone.now() - ago
    Tick.objects.create(pk=Tick.KEY, looked_until=at, ticked_at=at)


def test_a_process_that_answers_lives(client: Client) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_process_lives_without_its_database(client: Client) -> None:
    with mock.patch(
        "django.db.backends.base.base.BaseDatabaseWrapper.cursor", side_effect=OperationalError
    ):
        assert client.get("/healthz").status_code == 200


def test_it_is_ready_when_the_tick_came_lately(client: Client) -> None:
    ticked(timedelta(minutes=2, seconds=50))

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]) == (200, WELL)


def test_it_is_not_ready_when_the_tick_is_late(client: Client) -> None:
    ticked(timedelta(minutes=3, seconds=10))

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]) == (503, WELL | {"tick": "failed"})


def test_it_is_not_ready_before_it_is_migrated(client: Client) -> None:
    ticked(timedelta())
    plan = "django.db.migrations.executor.MigrationExecutor.migration_plan"
    with mock.patch(plan, return_value=["one is missing"]):
        answer = client.get("/readyz")

    assert answer.json()["checks"]["migrations"] == "failed"
    assert "one is missing" not in answer.content.decode()


def test_a_database_that_is_gone_is_told_without_its_name(client: Client) -> None:
    gone = OperationalError("connection to db-7 refused")
    with mock.patch("jobs.web.health._is_migrated", side_effect=gone):
        answer = client.get("/readyz")

    assert (answer.status_code, b"db-7" in answer.content) == (503, False)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nobody_has_to_sign_in_and_nothing_is_cached(client: Client, path: str) -> None:
    assert "no-cache" in client.get(path)["Cache-Control"]
    assert client.post(path).status_code == 405
