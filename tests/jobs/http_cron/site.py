"""A site whose only job takes a second a hotel by its own clock, for gunicorn.

No time really passes: each hotel that is worked moves on the clock that deliveries measure their
time budget with. While the file of the environment variable HELD exists, a hotel that was begun
does not end; the file HELD.begun says that one was begun.

As a command, on the database of DATABASE_URL: `python -m tests.jobs.http_cron.site build COUNT`
makes so many hotels, `tell` prints what became of them as JSON.
"""

import json
import os
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pms.settings")
application = get_wsgi_application()

from hotels.models import Guest
from jobs import registry
from jobs.base import JobContext
from jobs.http_cron import delivery
from jobs.models import JobExecution, JobRun
from tests.factories import HotelFactory
from tests.jobs import fakes
from tests.waiting import wait_until

NOT_DUE = "0 0 29 2 *"  # no new slot comes while a test runs
_worked: list[str] = []  # the codes of hotels, in this process


def slowly(context: JobContext) -> fakes.Greetings:
    """Greet, which takes a second."""
    held = Path(os.environ["HELD"])
    held.with_suffix(".begun").touch()
    wait_until(lambda: not held.exists(), what="the hotel is let go")
    _worked.append(context.hotel.code)
    return fakes.greet(context)


registry._jobs.clear()
registry._jobs["greet-guests"] = replace(fakes.make_job(slowly), schedule=NOT_DUE)
delivery.monotonic = lambda: float(len(_worked))


def tell() -> dict[str, object]:
    """How often each hotel was worked, and how its executions ended."""
    guests = Counter(Guest.objects.values_list("hotel__code", flat=True))
    statuses = JobExecution.objects.values_list("status", "attempt")
    return {
        "worked": sorted(guests.values()),
        "executions": sorted(f"{status} {attempt}" for status, attempt in statuses),
        "runs": JobRun.objects.count(),
    }


if __name__ == "__main__":
    if sys.argv[1] == "build":
        call_command("migrate", verbosity=0)
        HotelFactory.create_batch(int(sys.argv[2]))
    else:
        sys.stdout.write(json.dumps(tell()))
