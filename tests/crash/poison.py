"""One hotel that kills every worker that works it: `python -m tests.crash.poison COUNT THREADS`.

Opens a slot for COUNT hotels and lets one worker after the other tick, each a process of its own,
until nothing waits. Prints as JSON how the last attempt of each hotel ended, the guilty one first.
"""

import json
import os
import signal
import sys
from datetime import timedelta

import django

# The environment must be set before anything of the project is imported.
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["JOBS_CONCURRENCY"] = sys.argv[2] if sys.argv[2:] else "1"
django.setup()

from django.conf import settings
from django.utils import timezone

from hotels.models import Hotel
from jobs import tick
from jobs.base import JobContext
from jobs.models import JobExecution
from tests.jobs import fakes
from tests.jobs.engine import of_slot, only_job

GUILTY = "guilty"
NO_WAIT = {"backoff": timedelta(), "longest_backoff": timedelta()}
MOST_TICKS = 40
IDLE, BUSY = 0, 10


def build(count: int) -> int:
    """Hotels with an execution of the same slot; the guilty one is in the middle."""
    slot = timezone.now().replace(microsecond=0)
    for n in range(count):
        code = GUILTY if n == count // 2 else f"hotel-{n:02d}"
        row = of_slot(Hotel.objects.create(code=code, name=code), slot)
        row.metadata["retry"] |= {"baseSeconds": 0}
        row.save()
    return IDLE


def one_tick() -> int:
    """A tick whose process dies if it works the guilty hotel."""
    with only_job(_deadly, **NO_WAIT):
        done = tick.run_tick(now=timezone.now(), concurrency=settings.JOBS_CONCURRENCY)
    return BUSY if done.tally.total or done.closed else IDLE


def tell() -> int:
    """Print how the hotels ended."""
    ends = dict(JobExecution.objects.order_by("pk").values_list("hotel__code", "status"))
    sys.stdout.write(json.dumps([ends.pop(GUILTY), *ends.values()]))
    sys.stdout.flush()
    return IDLE


def _deadly(context: JobContext) -> fakes.Greetings:
    if context.hotel.code == GUILTY:
        os.kill(os.getpid(), signal.SIGKILL)
    return fakes.greet(context)


def in_process(call: object, *arguments: int) -> int:
    """Run a function in a process of its own, and return its exit code."""
    pid = os.fork()
    if pid == 0:
        os._exit(call(*arguments))  # type: ignore[operator]
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main(count: int) -> None:
    """Do it all."""
    assert in_process(build, count) == IDLE
    for _ in range(MOST_TICKS):
        if in_process(one_tick) == IDLE:
            break
    in_process(tell)


if __name__ == "__main__":
    main(int(sys.argv[1]))
