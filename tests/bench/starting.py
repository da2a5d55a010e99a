"""Benchmark of the start of a command that crontab calls: its processor time before the work."""

import os
import statistics
import subprocess
import sys

from django.conf import settings

from tests.bench import group, measuring

# The tick finds what the other command left waiting.
COMMANDS = ("check_no_shows", "run_due_jobs")
TIMES = 5
# Runs the command up to the moment at which it would claim the first hotel.
TO_THE_FIRST_HOTEL = """
import os, sys, time
import manage, django
os.environ["DJANGO_SETTINGS_MODULE"] = "pms.settings"
django.setup()
from jobs import runner

def claim(**call):
    os.write(1, str(time.process_time()).encode())
    os._exit(0)

runner.claim = claim
sys.argv = ["manage.py", *sys.argv[1:]]
manage.main()
"""
# The least of a command: Django with its users, and one query.
BARE = """
import os, sys, time
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()
from django.db import connection
connection.cursor().execute("SELECT 1")
os.write(1, str(time.process_time()).encode())
"""


def run() -> None:
    """Measure a command of one job, and the tick."""
    group.hotels(1)
    for command in COMMANDS:
        _cpu(TO_THE_FIRST_HOTEL, command)  # writes the bytecode
        pairs = [(_cpu(TO_THE_FIRST_HOTEL, command), _cpu(BARE)) for _ in range(TIMES)]
        ours, floor = (statistics.median(found) for found in zip(*pairs, strict=True))
        measuring.compare(
            f"processor time of {command} up to the first hotel",
            ours=ours,
            floor=floor,
            of="a Django project with users and one query",
            target=measuring.Target(milliseconds=500),
        )


def _cpu(program: str, *arguments: str) -> float:
    """The seconds of processor time that the program reports."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONDONTWRITEBYTECODE", "DJANGO_SETTINGS_MODULE")
    }
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout.strip() or "nan")
