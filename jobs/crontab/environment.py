"""What a job finds when cron starts it: a bare environment, and the project's `.env`."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from jobs.crontab.lines import CannotInstall, Place

BARE = ("HOME", "LOGNAME")
_DATABASE_KEYS = ("ENGINE", "HOST", "PORT", "NAME", "USER")
_QUESTION = f"""
import json
from django.conf import settings
database = settings.DATABASES["default"]
print(json.dumps({{key: str(database.get(key, "")) for key in {_DATABASE_KEYS}}}))
"""


def rehearse(*, place: Place, database: Mapping[str, Any]) -> None:
    """Start the project as cron would, and see that it reads the same database.

    A setting that is only in the installing person's environment would be missing at night.
    `database` is Django's setting of this process. Raises CannotInstall.
    """
    bare = {name: os.environ[name] for name in BARE if name in os.environ}
    command = [str(place.python), "manage.py", "shell", "--verbosity=0", "--command", _QUESTION]
    done = subprocess.run(  # noqa: S603
        command,
        cwd=place.project,
        env=bare | {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise CannotInstall(f"The jobs would not start under cron: {said[-1]}")
    theirs = json.loads(done.stdout.splitlines()[-1])
    ours = {key: str(database.get(key, "")) for key in _DATABASE_KEYS}
    if theirs != ours:
        raise CannotInstall(
            f"Under cron the jobs would work on {_named(theirs)}, not on {_named(ours)}: "
            "put DATABASE_URL into .env."
        )


def _named(database: Mapping[str, str]) -> str:
    engine = database["ENGINE"].rpartition(".")[2]
    host = f"{database['HOST']}/" if database["HOST"] else ""
    return f"{engine} {host}{database['NAME']}"
