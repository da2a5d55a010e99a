"""Simultaneous requests for one job: `python -m tests.crash.race COMMAND`.

build          create one hotel
trigger COUNT  let COUNT processes run a job for it at the same time; print how many ran it
report         print the number of executions by status as JSON
"""

import json
import os
import sys
import time
from collections import Counter

import django

# The environment must be set before the project is imported.
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from django.core.management import call_command
from django.utils import timezone

from hotels.models import Guest, Hotel
from jobs import dispatch
from jobs.base import AlreadyRunning, JobContext
from jobs.models import JobExecution, Trigger
from tests.jobs import fakes

RAN, REFUSED, CRASHED = 0, 10, 20
WORK = 2.0  # seconds, longer than the processes need to start


def trigger(count: int) -> dict[str, int]:
    """Let `count` processes start the job at the same instant; return their results."""
    there, arrive = os.pipe()
    starting, start = os.pipe()
    workers = []
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            os.close(start)
            os._exit(_ask(arrive, starting))
        workers.append(pid)
    os.close(arrive)
    for _ in workers:
        os.read(there, 1)
    os.close(start)  # the signal that all processes wait for
    codes = Counter(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in workers)
    return {"ran": codes[RAN], "refused": codes[REFUSED], "crashed": codes[CRASHED]}


def _ask(arrive: int, starting: int) -> int:
    def slowly(context: JobContext) -> fakes.Greetings:
        time.sleep(WORK)
        return fakes.greet(context)

    try:
        hotel = Hotel.objects.get()
        os.write(arrive, b".")
        os.read(starting, 1)
        outcome = dispatch.run_now(
            job=fakes.make_job(slowly), hotel=hotel, now=timezone.now(), trigger=Trigger.API
        )
    except AlreadyRunning:
        return REFUSED
    except Exception as error:  # noqa: BLE001  reported to the parent process
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return CRASHED
    return RAN if outcome.status == "COMPLETED" else CRASHED


def main(arguments: list[str]) -> None:
    """Run the command and print its result as JSON."""
    command, *rest = arguments
    if command == "build":
        call_command("migrate", verbosity=0)
        Hotel.objects.create(code="one", name="One")
    elif command == "trigger":
        sys.stdout.write(json.dumps(trigger(int(rest[0]))))
    else:
        ends = Counter(JobExecution.objects.values_list("status", flat=True))
        sys.stdout.write(json.dumps({"ends": ends, "guests": Guest.objects.count()}))


if __name__ == "__main__":
    main(sys.argv[1:])
