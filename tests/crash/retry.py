"""A retry that never ends: `python -m tests.crash.retry COMMAND`, killed by the test.

build             one hotel, a manager, and a failed execution of a slot
retry CHANNEL     retry it through the console, the admin action or the API; the service prints
                  "working" and then blocks for good
ticks             two ticks, with a service that works; prints after each one the status,
                  failure kind and attempt of every execution, as JSON
"""

import json
import os
import sys
import threading
from datetime import timedelta

import django

# The environment must be set before anything of the project is imported.
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from hotels.models import Hotel, Membership
from jobs import runner, tick
from jobs.base import JobContext
from jobs.models import JobExecution
from tests.jobs import fakes
from tests.jobs.engine import claimed, of_slot, only_job

PATIENCE = 120  # seconds
NO_WAIT = {"backoff": timedelta(), "longest_backoff": timedelta()}


def build() -> None:
    """A failed first attempt whose retry waits for a long backoff."""
    hotel = Hotel.objects.create(code="one", name="One")
    user = User.objects.create_user("manager", is_staff=True)
    Membership.objects.create(user=user, hotel=hotel, role=Membership.Role.MANAGER)
    job = fakes.make_job(fakes.fail_for_good)
    policy = {"retry": runner.retry_policy(job=job)["retry"] | {"baseSeconds": 0}}
    row = of_slot(hotel, timezone.now().replace(microsecond=0), metadata=policy)
    runner.perform(execution=claimed(row), job=job)


def retry(channel: str) -> None:
    """Ask for the retry as a browser or a program does, and block in the service."""
    user, row = User.objects.get(), JobExecution.objects.get()
    browser, program = (kind(headers={"host": "localhost"}) for kind in (Client, APIClient))
    browser.force_login(user)
    program.force_authenticate(user)
    with only_job(_block):
        if channel == "console":
            answer = browser.post(reverse("jobs:retry", args=[row.pk]))
        elif channel == "admin":
            data = {"action": "retry", "_selected_action": [row.pk]}
            answer = browser.post(reverse("admin:jobs_jobexecution_changelist"), data)
        else:
            answer = program.post(f"/api/jobs/{row.pk}/retry")
        assert answer.status_code == 302, answer.status_code
        # Console and admin have answered; the work goes on until the test kills this process.
        threading.Event().wait(PATIENCE)


def _block(context: JobContext) -> fakes.Greetings:
    fakes.greet(context)
    sys.stdout.write("working\n")
    sys.stdout.flush()
    threading.Event().wait()
    raise AssertionError("the test kills this process")


def main(arguments: list[str]) -> None:
    """Do the command."""
    command, *rest = arguments
    if command == "build":
        build()
    elif command == "retry":
        retry(*rest)
    else:
        with only_job(**NO_WAIT):
            sys.stdout.write(json.dumps([_after_tick(), _after_tick()]))


def _after_tick() -> list[list[str | int]]:
    tick.run_tick(now=timezone.now())
    rows = JobExecution.objects.order_by("attempt")
    return [list(row) for row in rows.values_list("status", "failure_kind", "attempt")]


if __name__ == "__main__":
    main(sys.argv[1:])
