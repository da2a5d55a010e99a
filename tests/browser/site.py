"""The site people's browsers are shown: the project's own, at a morning that is always the same.

`gunicorn tests.browser.site`. The clock stands at MORNING where the real one stands at the second
CLOCK_BEGAN, and goes on from there: all processes of a site share it, and pages are the same
whenever they are looked at. Two jobs are as a test needs them, in hotels no other test uses:
maintenance fails in the hotel `flooded`, and the no-show check takes its time in `slow`.

As a command, on the database of DATABASE_URL: `python -m tests.browser.site WHAT`, where WHAT is
`bare` (a superuser and no hotel), `group` (the hotels and people of tests.browser.group; prints
their sessions as JSON) or `run JOB HOTEL`.
"""

import json
import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import time_machine

MORNING = datetime(2026, 7, 13, 6, 10, tzinfo=UTC)  # a Monday: every job ran that night
SLOWNESS = 2.5  # seconds

_since = time.time() - float(os.environ.setdefault("CLOCK_BEGAN", str(time.time())))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pms.settings")
if sys.argv[1:2] != ["group"]:  # it lives through the night first
    time_machine.travel(MORNING + timedelta(seconds=_since), tick=True).start()

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from jobs import dispatch, registry
from jobs.base import JobContext, JobFailed, JobResult
from jobs.models import Trigger
from tests.browser import group


def _disturb(name: str, *, hotel: str, how: str) -> None:
    """Let a job fail or take its time in one hotel, and be as it is everywhere else."""
    job = registry.get(name)

    def service(context: JobContext) -> JobResult:
        if context.hotel.code == hotel and how == "fails":
            raise JobFailed("The boiler room is under water.")
        if context.hotel.code == hotel:
            time.sleep(SLOWNESS)
        return job.service(context)

    registry._jobs[name] = replace(job, service=service)


_disturb("maintenance-schedule", hotel="flooded", how="fails")
for code in ("slow", "hidden"):
    _disturb("check-no-shows", hotel=code, how="takes its time")


def _run(name: str, code: str) -> None:
    """Run a job for a hotel, as somebody at another machine does."""
    dispatch.fire(
        job=registry.get(name),
        hotels=[group.hotel(code)],
        now=datetime.now(tz=UTC),
        trigger=Trigger.COMMAND,
        concurrency=1,
    )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["bare"]:
            group.bare()
        case ["group", nights]:
            sys.stdout.write(json.dumps(group.build(morning=MORNING, nights=int(nights))))
        case ["run", name, code]:
            _run(name, code)
