"""Many who ask for the same job at the same moment: `python -m tests.crash.race COMMAND`.

build          one hotel
trigger COUNT  COUNT processes run a job for it at once; prints how many ran it and were refused
tell           how the executions ended, as JSON
"""

import json
import os
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any
from unittest import mock

import django

# The environment has to be said before anything of the project is imported.
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from django.db import connection
from django.utils import timezone

from hotels.models import Guest, Hotel
from jobs import dispatch
from jobs.base import AlreadyRunning, JobContext
from jobs.dispatch import running
from jobs.models import JobExecution, Trigger
from tests.jobs import fakes

RAN, REFUSED, BROKE = 0, 10, 20


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A point that processes pass together: each says that it is there, and waits."""

    there: int
    arrive: int
    opened: int
    open: int

    @classmethod
    def make(cls) -> "Gate":
        """A gate for processes that are yet to be forked."""
        there, arrive = os.pipe()
        opened, open_ = os.pipe()
        return cls(there=there, arrive=arrive, opened=opened, open=open_)

    def reach(self) -> None:
        """Say that this process is there."""
        os.write(self.arrive, b".")

    def wait(self) -> None:
        """Wait until the gate is opened."""
        os.read(self.opened, 1)

    def open_for(self, count: int) -> None:
        """Open the gate once so many processes are there."""
        for _ in range(count):
            os.read(self.there, 1)
        os.close(self.open)


def trigger(count: int) -> dict[str, int]:
    """Let so many processes ask at once; how many ran the job, were refused, broke.

    All have asked before the first is let go on to open and claim its run. On PostgreSQL the one
    that got it then works until the others are answered; on SQLite these wait for its transaction.
    """
    asked, answered = Gate.make(), Gate.make()
    workers = []
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            os.close(asked.open)
            os.close(answered.open)
            os._exit(_ask(asked, answered))
        workers.append(pid)
    asked.open_for(count)
    answered.open_for(count)
    codes = Counter(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in workers)
    return {"ran": codes[RAN], "refused": codes[REFUSED], "broke": codes[BROKE]}


def _ask(asked: Gate, answered: Gate) -> int:
    run = running.run

    def together(**call: Any) -> Any:
        asked.reach()
        asked.wait()
        return run(**call)

    def working(context: JobContext) -> fakes.Greetings:
        answered.reach()
        if connection.vendor == "postgresql":
            answered.wait()
        return fakes.greet(context)

    try:
        with mock.patch.object(running, "run", together):
            outcome = dispatch.run_now(
                job=fakes.make_job(working),
                hotel=Hotel.objects.get(),
                now=timezone.now(),
                trigger=Trigger.API,
            )
    except AlreadyRunning:
        return REFUSED
    except Exception as error:  # noqa: BLE001  shown by the process that started us
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return BROKE
    finally:
        # Nobody waits in vain for a process that broke before.
        asked.reach()
        answered.reach()
    return RAN if outcome.status == "COMPLETED" else BROKE


def main(arguments: list[str]) -> None:
    """Do the command and print its answer as JSON."""
    command, *rest = arguments
    if command == "build":
        Hotel.objects.create(code="one", name="One")
    elif command == "trigger":
        sys.stdout.write(json.dumps(trigger(int(rest[0]))))
    else:
        ends = Counter(JobExecution.objects.values_list("status", flat=True))
        sys.stdout.write(json.dumps({"ends": ends, "guests": Guest.objects.count()}))


if __name__ == "__main__":
    main(sys.argv[1:])
