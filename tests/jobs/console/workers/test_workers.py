"""The page of the workers."""

import re
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from hotels import worker_locks
from jobs import queue
from jobs.models import WorkerProcess

pytestmark = pytest.mark.django_db
PAGE = "/admin/workers/"


@pytest.fixture
def superuser() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def text_of(client: Client, **headers: str) -> str:
    html = client.get(PAGE, headers=headers).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def process(**columns: object) -> WorkerProcess:
    defaults = {"host": "worker-1", "pid": 4711, "concurrency": 4}
    return WorkerProcess.objects.create(**defaults | columns)


def test_managers_do_not_see_the_workers(manager: Client) -> None:
    assert manager.get(PAGE).status_code == 403


def test_it_shows_where_a_worker_runs_what_it_holds_and_how_fast_it_is(
    superuser: Client, settings: Any
) -> None:
    settings.JOBS_EXECUTOR = "queue"
    process(
        job_name="recalc-availability",
        held=50,
        taken_at=timezone.now(),
        per_minute=1234,
        done=98765,
    )

    shown = text_of(superuser, **{"HX-Request": "true"})

    assert "worker-1 4711" in shown
    assert "working" in shown
    assert "Availability recalculation, 50 hotels" in shown
    assert "1,234 executions in the last minute" in shown
    assert "98,765" in shown


def test_it_shows_how_many_executions_a_limit_holds_back(superuser: Client, settings: Any) -> None:
    settings.JOBS_EXECUTOR = "queue"

    with mock.patch.object(queue, "held_back", return_value=1200):
        shown = text_of(superuser)

    assert "1,200 of them held back by a limit" in shown


def test_a_worker_that_died_is_shown_as_such(superuser: Client, settings: Any) -> None:
    """Its lock is free: no process holds it."""
    settings.JOBS_EXECUTOR = "queue"
    dead = process(pid=1)
    silent = process(pid=2)
    WorkerProcess.objects.filter(pk=dead.pk).update(key=1)
    long_ago = timezone.now() - 2 * WorkerProcess.MAX_AGE
    WorkerProcess.objects.filter(pk=silent.pk).update(seen_at=long_ago)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker_locks, "dead_workers", lambda keys: {1} & set(keys))
        shown = text_of(superuser)

    assert shown.count("stopped responding") == 2
    assert "No worker is running" in shown
    assert "0 worker processes" not in shown


def test_without_the_queue_it_says_where_jobs_run(superuser: Client) -> None:
    assert "Jobs run in the processes that start them" in text_of(superuser)
