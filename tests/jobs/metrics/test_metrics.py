"""The page /metrics: who may read it, and its figures."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from hotels.models import Hotel, Message
from hotels.worker_locks import hold_worker_lock
from jobs.metrics.readings import BUCKETS, read
from jobs.models import Status, Tick
from tests.factories import HotelFactory
from tests.hotels.notifications.fakes import message_of
from tests.jobs.console.books import JOB, ended
from tests.jobs.engine import waiting

pytestmark = pytest.mark.django_db
TOKEN = "of-the-prometheus-server"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _open(settings: Any, now: datetime) -> Iterator[None]:
    settings.METRICS_TOKEN = [TOKEN]
    with time_machine.travel(now, tick=False):
        yield


def get(client: Client, *, token: str | None = TOKEN) -> Any:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return client.get("/metrics", headers=headers)


def figures(client: Client) -> dict[tuple[str, ...], float]:
    """The value of each series, by its name and the values of its labels."""
    answer = get(client)
    assert answer.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize("token", [None, "", "x", TOKEN[1:], f"{TOKEN}x"])
def test_without_the_token_nothing_is_shown(client: Client, token: str | None) -> None:
    answer = get(client, token=token)

    assert answer.status_code == 401
    assert b"hotel_" not in answer.content


def test_the_page_is_closed_where_no_token_is_set(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = []

    assert get(client, token="").status_code == 404


def test_executions_are_counted_by_job_and_status(
    client: Client, hotel: Hotel, now: datetime
) -> None:
    ended(hotel, now - 3 * MINUTE)
    ended(hotel, now - 4 * MINUTE, problems=2)
    ended(HotelFactory(), now - 5 * MINUTE, status=Status.FAILED)
    ended(hotel, now - 6 * MINUTE, status=Status.SKIPPED, skip_reason="missed", started_at=None)
    ended(hotel, now - timedelta(days=1))  # of yesterday, which counted it

    found = figures(client)

    counted = {
        name[2]: value
        for name, value in found.items()
        if name[:2] == ("hotel_job_executions_total", JOB)
    }
    assert counted == {"completed": 1, "completed_with_problems": 1, "failed": 1, "skipped": 1}
    assert found["hotel_job_slots_missed_total", JOB] == 1


def test_a_counter_begins_at_zero(client: Client) -> None:
    found = figures(client)

    assert found["hotel_job_executions_total", "generate-invoices", "failed"] == 0
    assert found["hotel_job_slots_missed_total", "generate-invoices"] == 0


def test_durations_are_a_histogram(client: Client, hotel: Hotel, now: datetime) -> None:
    for seconds in (0.02, 0.5, 3000):
        ended(
            hotel,
            now - timedelta(seconds=5000 - seconds),
            took=timedelta(seconds=seconds),
        )

    found = figures(client)

    name = "hotel_job_duration_seconds_bucket"
    buckets = [found[name, JOB, end, "completed"] for end in (*map(str, BUCKETS), "+Inf")]
    assert buckets == [0, 1, 1, 2, 2, 2, 2, 2, 2, 3]
    assert found["hotel_job_duration_seconds_count", JOB, "completed"] == 3
    assert found["hotel_job_duration_seconds_sum", JOB, "completed"] == pytest.approx(3000.52)


def test_a_job_that_no_longer_exists_is_counted_as_other(
    client: Client, hotel: Hotel, now: datetime
) -> None:
    for name in ("count-towels", "fold-towels"):
        waiting(hotel, job_name=name, scheduled_for=now)

    found = figures(client)

    assert found["hotel_job_waiting", "other"] == 2
    assert ("hotel_job_waiting", "count-towels") not in found


def test_what_waits_and_runs_is_shown(client: Client, hotel: Hotel, now: datetime) -> None:
    old = {"created_at": now - 20 * MINUTE, "updated_at": now - 20 * MINUTE}
    waiting(hotel, job_name=JOB, scheduled_for=now - 20 * MINUTE, **old)
    waiting(hotel, job_name=JOB, scheduled_for=now, not_before=now + MINUTE)
    lease = {"token": uuid4(), "started_at": now - 9 * MINUTE, "lease_expires_at": now - MINUTE}
    waiting(hotel, job_name=JOB, scheduled_for=None, status=Status.RUNNING, **lease)

    found = figures(client)

    names = ("waiting", "ready", "oldest_ready_seconds", "running", "late", "lease_expired")
    assert [found[f"hotel_job_{name}", JOB] for name in names] == [2, 1, 1200, 1, 1, 1]
    assert found["hotel_job_waiting", "generate-invoices"] == 0


def test_the_outbox_is_shown(client: Client, hotel: Hotel, now: datetime) -> None:
    message_of(hotel, next_attempt_at=now - 2 * MINUTE)
    message_of(hotel, next_attempt_at=now + MINUTE)
    failed = {"status": Message.Status.FAILED, "next_attempt_at": None}
    message_of(hotel, **failed, ended_at=now - MINUTE)
    message_of(hotel, **failed, ended_at=now - timedelta(days=1))

    found = figures(client)

    names = ("waiting", "due", "oldest_due_seconds", "sending")
    assert [found[f"hotel_messages_{name}", "webhook"] for name in names] == [2, 1, 120, 0]
    assert found["hotel_messages_due", "email"] == 0
    assert found["hotel_messages_failed_total",] == 1


def test_the_age_of_the_tick_is_shown_once_there_is_one(client: Client, now: datetime) -> None:
    assert ("hotel_tick_age_seconds",) not in figures(client)

    Tick.objects.create(pk=Tick.KEY, looked_until=now, ticked_at=now - 2 * MINUTE)

    assert figures(client)["hotel_tick_age_seconds",] == 120


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_living_workers_are_counted() -> None:
    before = read(now=datetime.now().astimezone()).workers
    with hold_worker_lock(), hold_worker_lock():
        assert read(now=datetime.now().astimezone()).workers - before == 2


def test_the_queries_do_not_grow(client: Client, hotel: Hotel, now: datetime) -> None:
    for number in range(3):
        ended(HotelFactory(), now - MINUTE, job_name=f"job-{number}")
        message_of(hotel)

    with CaptureQueriesContext(connection) as queries:
        read(now=now)

    assert len(queries) <= 8


def test_the_page_is_read_past_the_proxy(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert get(client).status_code == 200


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is missing")
def test_prometheus_finds_no_fault_with_the_page(client: Client, hotel: Hotel) -> None:
    ended(hotel, timezone.now() - MINUTE)

    checked = subprocess.run(
        ["promtool", "check", "metrics"],
        input=get(client).content,
        capture_output=True,
        check=False,
    )

    assert (checked.returncode, checked.stderr) == (0, b"")
