"""The site people's browsers are shown: the project's own, at a morning that is always the same.

`gunicorn tests.browser.site`. The clock stands at MORNING where the real one stands at the second
CLOCK_BEGAN, and goes on from there: all processes of a site share it, and pages are the same
whenever they are looked at. Maintenance always fails in the hotel `flooded`, and a no-show check
goes on for as long as there is a file with its hotel's code in the folder HELD.

As a command, on the database of DATABASE_URL: `python -m tests.browser.site WHAT`, where WHAT is
`bare` (a superuser and no hotel), `group` (the hotels and people of tests.browser.group; prints
their sessions as JSON) or `run JOB HOTEL`.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

MORNING = datetime(2026, 7, 13, 6, 10, tzinfo=UTC)  # a Monday: every job ran that night

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
from tests.waiting import wait_until


def _before(name: str, meanwhile: Callable[[str], None]) -> None:
    """Let something happen in a hotel, by its code, before a job is worked there."""
    job = registry.get(name)

    def service(context: JobContext) -> JobResult:
        meanwhile(context.hotel.code)
        return job.service(context)

    registry._jobs[name] = replace(job, service=service)


def _flood(code: str) -> None:
    if code == "flooded":
        raise JobFailed("The boiler room is under water.")


def _hold(code: str) -> None:
    file = Path(os.environ["HELD"], code)
    wait_until(lambda: not file.exists(), what=f"the hotel {code} is let go")


_before("maintenance-schedule", _flood)
_before("check-no-shows", _hold)


def _run(name: str, code: str) -> None:
    """Run a job for a hotel, as somebody at another machine does."""
    dispatch.run(
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
