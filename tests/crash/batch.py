"""A worker killed between two hotels of a batch: `python -m tests.crash.batch COUNT`.

Opens a slot for COUNT hotels; in every third the job has effects. The first worker is killed when
so many have been begun that it holds a batch; further ones go on until nothing waits. Prints as
JSON how often the job was begun, the effects by hotel, and the ends of all attempts.
"""

import json
import os
import signal
import sys
from collections import Counter

import django

# The environment must be set before anything of the project is imported.
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["JOBS_CONCURRENCY"] = "1"
django.setup()

from django.utils import timezone

from hotels.models import Guest, Hotel
from jobs import tick
from jobs.base import JobContext
from jobs.models import JobExecution
from tests.crash.poison import BUSY, IDLE, MOST_TICKS, NO_WAIT, in_process
from tests.jobs import fakes
from tests.jobs.engine import of_slot, only_job

# Batches grow: 1, 2, 4, then 6 hotels of 24.
KILLED_AT = 11
BEGUN = os.memfd_create("begun")


def build(count: int) -> int:
    """Hotels with an execution of the same slot."""
    slot = timezone.now().replace(microsecond=0)
    for n in range(count):
        row = of_slot(Hotel.objects.create(code=f"hotel-{n:02d}", name=f"Hotel {n}"), slot)
        row.metadata["retry"] |= {"baseSeconds": 0}
        row.save()
    return IDLE


def one_tick() -> int:
    """A tick; the first one is killed in the middle of a batch."""
    with only_job(_deadly, **NO_WAIT):
        done = tick.run_tick(now=timezone.now())
    return BUSY if done.tally.total or done.closed else IDLE


def _deadly(context: JobContext) -> fakes.Greetings:
    os.write(BEGUN, f"{context.hotel.code}\n".encode())
    if _begun().total() == KILLED_AT:
        os.kill(os.getpid(), signal.SIGKILL)
    if int(context.hotel.code[-2:]) % 3 == 0:
        return fakes.greet(context)
    return fakes.Greetings(hotel_id=context.hotel.pk)


def _begun() -> Counter[str]:
    return Counter(os.pread(BEGUN, 1_000_000, 0).decode().split())


def tell() -> int:
    """Print what became of the hotels."""
    ends = JobExecution.objects.values_list("status", "attempt", "hotel__code")
    effects = Counter(Guest.objects.values_list("hotel__code", flat=True))
    found = {
        "begun": _begun().total(),
        "effects": effects,
        "completed": Counter(code for status, _, code in ends if status == "COMPLETED"),
        "ends": Counter(f"{status} {attempt}" for status, attempt, _ in ends),
    }
    sys.stdout.write(json.dumps(found))
    sys.stdout.flush()
    return IDLE


def main(count: int) -> None:
    """Do it all."""
    assert in_process(build, count) == IDLE
    assert in_process(one_tick) == -signal.SIGKILL
    for _ in range(MOST_TICKS):
        if in_process(one_tick) == IDLE:
            break
    in_process(tell)


if __name__ == "__main__":
    main(int(sys.argv[1]))
