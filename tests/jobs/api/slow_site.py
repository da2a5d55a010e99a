"""The site with one more job, which takes its time and writes down each time it is called."""

import os
import time
from pathlib import Path

from pms.wsgi import application  # isort: skip  # before models: it sets Django up

from hotels.models import Guest
from jobs.base import JobContext
from jobs.registry import job
from tests.jobs.fakes import Greetings

__all__ = ["application"]


@job(name="greet-slowly", schedule="0 0 1 1 *", title="Slow greetings")
def greet_slowly(context: JobContext) -> Greetings:
    """The line is written even if what is done is rolled back: a second call would show."""
    with Path(os.environ["CALLS"]).open("a") as calls:
        calls.write(f"{context.hotel.code}\n")
    time.sleep(0.5)
    Guest.objects.create(hotel=context.hotel, name="Greeted slowly")
    return Greetings(hotel_id=context.hotel.pk, guests_greeted=1, handled=1)
