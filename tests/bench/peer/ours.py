"""Our own workers: `python -m tests.bench.peer.ours` is `manage.py worker` with the job."""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["JOBS_EXECUTOR"] = "queue"
django.setup()

from django.core.management import call_command
from django.utils import timezone

from jobs import registry
from jobs.dispatch import RunRequest, open_run
from jobs.models import Trigger
from tests.bench import executing


def opened() -> AbstractContextManager[object]:
    """The registered job."""
    return executing.empty_job()


def send(hotel_ids: Sequence[int], _run_id: int) -> None:
    """Open the executions of a slot, as a tick does; its run is another one."""
    now = timezone.now()
    request = RunRequest(job=registry.get(executing.JOB), now=now, trigger=Trigger.CRON, slot=now)
    open_run(request=request, hotel_ids=hotel_ids)


if __name__ == "__main__":
    with opened():
        call_command("worker", processes=str(executing.PROCESSES))
