"""The site served by gunicorn, in separate processes with a separate database."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.pms.serving import ROOT, gunicorn

SECRET = "the-cron-secret-of-a-live-server"


def environment(database: str) -> dict[str, str]:
    """What a process of the site is told."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "SECRET_KEY": "of-the-live-server-and-no-secret" * 2,
        "DATABASE_URL": database,
        "CRON_SECRET": SECRET,
        "HTTPS": "false",
    }


def manage(database: str, *arguments: str) -> str:
    """Standard output of a management command; raises AssertionError when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(database),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def serving(database: str, *, application: str = "pms.wsgi") -> Iterator[str]:
    """A running gunicorn with two worker processes; its URL."""
    more = environment(database)
    with gunicorn(url=database, workers=2, application=application, **more) as port:
        yield f"http://127.0.0.1:{port}"
