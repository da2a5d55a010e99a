"""The tick as crontab starts it, on machines whose clocks are wrong."""

import os
import subprocess
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from hotels.models import Hotel
from jobs.models import JobExecution, Tick
from tests.crash import faketime
from tests.dumps import every_row
from tests.factories import RoomFactory
from tests.jobs.engine import own_schedule

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.network,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(faketime.PROGRAM is None, reason=faketime.MISSING),
]


@pytest.fixture(autouse=True)
def _due_every_minute(hotel: Hotel) -> None:
    """A job with work to do, which the last tick, ten minutes ago, did not find due."""
    RoomFactory(hotel=hotel)
    own_schedule(hotel, "* * * * *", job_name="recalc-availability", clock="UTC")
    before = timezone.now() - timedelta(minutes=10)
    Tick.objects.create(pk=Tick.KEY, looked_until=before, ticked_at=before)


def tick_with_clock(offset: str) -> subprocess.CompletedProcess[str]:
    """The tick as a process of its own, on the database of this test."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    return subprocess.run(
        faketime.python_with_clock(offset, "manage.py", "run_due_jobs", "--scheduled"),
        env=faketime.environment() | {"DATABASE_URL": url._replace(path=f"/{name}").geturl()},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("offset", "words"),
    [("+1h", "60 minutes ahead of"), ("-1h", "60 minutes behind"), ("+40d", "57,600 minutes")],
)
def test_a_tick_whose_clock_is_wrong_stores_nothing_and_says_so_in_a_sentence(
    offset: str, words: str
) -> None:
    """On SQLite the clock of the database is the machine's."""
    before = every_row()

    done = tick_with_clock(offset)

    assert (done.returncode, done.stdout) == (2, "")
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("Database error: The clock of this machine, ")
    assert words in sentence
    assert every_row() == before


def test_a_tick_whose_clock_is_right_runs_what_is_due() -> None:
    """As above, with the same program: what keeps the others from working is their clock."""
    done = tick_with_clock("+20s")

    assert done.returncode == 0, done.stderr
    assert "COMPLETED" in JobExecution.objects.values_list("status", flat=True)
