"""A site with one slow job, for `gunicorn tests.jobs.http_cron.site`.

As a command, on the database of DATABASE_URL: `python -m tests.jobs.http_cron.site build COUNT`
creates COUNT hotels, `report` prints their guests and executions as JSON.
"""

import json
import os
import sys
import time
from collections import Counter

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pms.settings")
application = get_wsgi_application()

from hotels.models import Guest
from jobs import registry
from jobs.base import JobContext
from jobs.models import JobExecution, JobRun
from tests.factories import HotelFactory
from tests.jobs import fakes

WORK = 0.15  # seconds per hotel


def slowly(context: JobContext) -> fakes.Greetings:
    time.sleep(WORK)
    return fakes.greet(context)


registry._jobs.clear()
registry._jobs["greet-guests"] = fakes.make_job(slowly)


def report() -> dict[str, object]:
    """Return how often each hotel was run, and the status of each execution."""
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
        sys.stdout.write(json.dumps(report()))
