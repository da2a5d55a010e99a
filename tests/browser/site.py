"""WSGI application of the browser tests, on a fixed date: `gunicorn tests.browser.site`.

The clock starts at MORNING when the real clock is at CLOCK_BEGAN, a Unix time, and then advances.
All processes of a site share it, so pages look the same on every day. The maintenance job always
fails in the hotel `flooded`. A no-show check does not end while the folder HELD contains a file
named after the code of its hotel.

Commands on the database of DATABASE_URL: `python -m tests.browser.site COMMAND`, where COMMAND is
`bare` (a superuser and no hotel), `group NIGHTS` (hotels and users of tests.browser.group; prints
their session cookies as JSON) or `run JOB HOTEL`.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path

import time_machine

MORNING = datetime(2026, 7, 13, 6, 10, tzinfo=UTC)  # a Monday: every job ran that night

_since = time.time() - float(os.environ.setdefault("CLOCK_BEGAN", str(time.time())))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pms.settings")
if sys.argv[1:2] != ["group"]:  # `group` sets the clock itself
    time_machine.travel(MORNING + timedelta(seconds=_since), tick=True).start()

from django.core.wsgi import get_wsgi_application
from django.utils import timezone

application = get_wsgi_application()

from jobs import dispatch, registry
from jobs.base import JobContext, JobFailed, JobResult
from jobs.models import Trigger
from jobs.runner import clock
from tests.browser import group
from tests.waiting import wait_until

clock.database_time = timezone.now  # the database server has the clock that was set


def _before(name: str, hook: Callable[[str], None]) -> None:
    """Call a function with the hotel's code before a job runs in the hotel."""
    job = registry.get(name)

    @wraps(job.service)  # pages read the labels of the class it returns
    def service(context: JobContext) -> JobResult:
        hook(context.hotel.code)
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
    """Run a job for a hotel, as from another machine."""
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
