"""What Home says about the workers, and its links to their page and alerts."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from hotels.models import Hotel
from jobs.alerts.evaluation import evaluate
from jobs.models import Alert, Tick, WorkerProcess
from tests.hotels.console.reading import text_of
from tests.jobs.alerts.rules import rule_of
from tests.jobs.engine import waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("greetings")]
MINUTE = timedelta(minutes=1)
WORKERS = "/admin/workers/"


@pytest.fixture
def root(hotel: Hotel) -> User:
    return User.objects.create_superuser("root")


@pytest.fixture
def superuser(root: User) -> Client:
    client = Client()
    client.force_login(root)
    return client


@pytest.fixture
def _unattended(settings: Any) -> None:
    """The queue is used, and no worker was at work for six minutes."""
    settings.JOBS_EXECUTOR = "queue"
    now = timezone.now()
    Tick.objects.create(pk=1, looked_until=now, ticked_at=now, attended_at=now - 6 * MINUTE)


def items(client: Client) -> list[tuple[str, str]]:
    found = client.get("/admin/").context["action_items"]
    return [(item.text, item.url) for item in found]


@pytest.mark.usefixtures("_unattended")
def test_superusers_read_that_no_worker_is_at_work(
    superuser: Client, manager: Client, settings: Any
) -> None:
    text = "No worker at work for 6 min: the tick runs the jobs itself."
    assert items(superuser) == [(text, WORKERS)]
    assert items(manager) == []

    WorkerProcess.objects.create(host="here", pid=1, concurrency=1)
    assert items(superuser) == []
    WorkerProcess.objects.all().delete()
    settings.JOBS_EXECUTOR = "inline"
    assert items(superuser) == []


@pytest.mark.usefixtures("_unattended")
def test_a_worker_that_was_there_a_minute_ago_is_not_missed(superuser: Client) -> None:
    Tick.objects.update(attended_at=timezone.now() - MINUTE)

    assert items(superuser) == []


@pytest.mark.usefixtures("_unattended")
def test_executions_that_wait_although_workers_are_there_are_an_item(
    superuser: Client, hotel: Hotel
) -> None:
    WorkerProcess.objects.create(host="here", pid=1, concurrency=1)
    waiting(hotel, updated_at=timezone.now() - 21 * MINUTE)

    assert items(superuser) == [("1 execution waits for a worker.", WORKERS)]


@pytest.mark.usefixtures("_unattended")
def test_the_item_the_alert_and_the_page_of_the_workers_link_each_other(
    superuser: Client, root: User, manager: Client, owner: User
) -> None:
    assert "/admin/alerts/rules/add/?kind=worker" in superuser.get(WORKERS).content.decode()
    assert "No alert rule watches the workers." in text_of(superuser.get(WORKERS))
    rule_of(owner, kind="worker", minutes=5)
    evaluate(now=timezone.now())
    address = f"/admin/alerts/{Alert.objects.get().public_id}/"

    assert address in superuser.get("/admin/").content.decode()
    shown = superuser.get(WORKERS)
    assert address in shown.content.decode()
    assert "No alert rule watches the workers." not in text_of(shown)
    assert f'href="{WORKERS}">Workers</a>' in superuser.get(address).content.decode()
    assert f'class="button push" href="{WORKERS}"' not in manager.get(address).content.decode()

    superuser.post(f"{address}acknowledge/", {"note": "Machine is being replaced."})
    assert "acknowledged by root" in text_of(superuser.get("/admin/"))


def test_a_rule_is_begun_with_the_kind_of_the_link(manager: Client) -> None:
    def kind(query: str) -> str:
        shown = manager.get(f"/admin/alerts/rules/add/?kind={query}")
        return str(shown.context["form"]["kind"].value())

    assert (kind("worker"), kind("nonsense")) == ("worker", "failed")
