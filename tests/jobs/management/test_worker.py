"""`manage.py worker`: its options. Its work is tested in tests/crash/test_queue.py."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from jobs.cli.arguments import UsageError
from jobs.models import WorkerProcess

pytestmark = pytest.mark.django_db


def test_without_the_queue_it_names_the_setting() -> None:
    with pytest.raises(UsageError, match="JOBS_EXECUTOR is 'inline'; set it to 'queue'"):
        call_command("worker")


def test_a_number_of_processes_below_one_is_refused(settings: Any) -> None:
    settings.JOBS_EXECUTOR = "queue"

    with pytest.raises(UsageError, match="--processes must be a whole number from 1 to 256"):
        call_command("worker", processes="0")


def test_the_probe_fails_if_workers_are_alive_on_other_machines_only(settings: Any) -> None:
    settings.JOBS_EXECUTOR = "queue"
    WorkerProcess.objects.create(host="elsewhere", pid=1, concurrency=1)

    with pytest.raises(CommandError, match="No worker gets on with its work on"):
        call_command("worker", check=True)


def test_the_probe_counts_the_workers_of_this_machine(
    settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.JOBS_EXECUTOR = "queue"
    monkeypatch.setattr("socket.gethostname", lambda: "here")
    WorkerProcess.objects.create(host="here", pid=1, concurrency=1)

    call_command("worker", check=True)

    assert capsys.readouterr().out == "1 worker process on here.\n"


def test_the_probe_fails_if_the_worker_cannot_read_the_queue(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOBS_EXECUTOR = "queue"
    monkeypatch.setattr("socket.gethostname", lambda: "here")
    WorkerProcess.objects.create(
        host="here", pid=1, concurrency=1, active_at=timezone.now() - timedelta(minutes=1)
    )

    with pytest.raises(CommandError, match="No worker gets on with its work on here"):
        call_command("worker", check=True)
