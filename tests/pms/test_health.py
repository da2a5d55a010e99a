"""The health endpoints: their checks, and that they reveal no reasons."""

import json
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from jobs.models import Tick
from tests.pms.serving import unused_port


def ticked(ago: timedelta) -> None:
    at = timezone.now() - ago
    Tick.objects.create(pk=Tick.KEY, looked_until=at, ticked_at=at)


def checks(client: Client) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz")
    return answer.status_code, json.loads(answer.content)["checks"]


def test_liveness_needs_no_database(client: Client) -> None:
    """The test has no database mark, so pytest-django would refuse a query."""
    answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b'{"status": "ok"}')
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_it_is_ready_when_all_checks_pass(client: Client) -> None:
    ticked(timedelta(minutes=2))

    assert checks(client) == (200, {"database": "ok", "migrations": "ok", "tick": "ok"})


@pytest.mark.django_db
def test_it_is_not_ready_when_the_last_tick_is_over_three_minutes_old(client: Client) -> None:
    ticked(timedelta(minutes=3, seconds=1))

    assert checks(client) == (503, {"database": "ok", "migrations": "ok", "tick": "failed"})


@pytest.mark.django_db
def test_a_new_installation_is_not_ready_before_its_first_tick(client: Client) -> None:
    assert checks(client)[1]["tick"] == "failed"


@pytest.mark.django_db
def test_it_is_not_ready_when_a_migration_is_not_applied(client: Client) -> None:
    ticked(timedelta(0))
    MigrationRecorder(connection).record_unapplied("hotels", "0001_books")

    assert checks(client) == (503, {"database": "ok", "migrations": "failed", "tick": "ok"})


@pytest.mark.django_db
def test_without_a_database_every_check_fails_and_no_reason_is_shown(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    refused = OperationalError("connection to db.internal refused for user pms")

    with mock.patch("pms.health._database", side_effect=refused, __name__="_database"):
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert json.loads(answer.content) == {
        "status": "failed",
        "checks": {"database": "failed", "migrations": "failed", "tick": "failed"},
    }
    assert "db.internal" in caplog.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.django_db
def test_a_probe_may_call_any_host_name_over_plain_http(
    client: Client, settings: Any, path: str
) -> None:
    """Probes call by IP address: ALLOWED_HOSTS and the redirect to TLS do not apply to them."""
    settings.SECURE_SSL_REDIRECT = True
    ticked(timedelta(0))

    answer = client.get(path, headers={"Host": "10.1.2.3:8000"})

    assert answer.status_code == 200
    assert b"10.1.2.3" not in answer.content


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_a_server_that_is_down_is_noticed_without_waiting_for_the_pool(client: Client) -> None:
    """SQLite has no server."""
    with unused_port() as port:
        down = {"HOST": "127.0.0.1", "PORT": port}
        with mock.patch.dict(connection.settings_dict, down):
            answer = client.get("/readyz")

    assert answer.status_code == 503
