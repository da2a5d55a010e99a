"""A check that the project starts in cron's bare environment and uses the same database."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from jobs.crontab.lines import CannotInstall, Place

KEPT_BY_CRON = ("HOME", "LOGNAME")
_DATABASE_KEYS = ("ENGINE", "HOST", "PORT", "NAME", "USER")
_PRINT_DATABASE = f"""
import json
from django.conf import settings
database = settings.DATABASES["default"]
print(json.dumps({{key: str(database.get(key, "")) for key in {_DATABASE_KEYS}}}))
"""


def check_environment(*, place: Place, database: Mapping[str, Any]) -> None:
    """Start the project as cron would and compare the database it uses with `database`.

    This finds settings that exist only in the environment of the user who installs the crontab.
    `database` is Django's setting in this process. Raises CannotInstall when the project does not
    start or uses another database.
    """
    bare = {name: os.environ[name] for name in KEPT_BY_CRON if name in os.environ}
    command = [
        str(place.python),
        "manage.py",
        "shell",
        "--verbosity=0",
        "--command",
        _PRINT_DATABASE,
    ]
    done = subprocess.run(  # noqa: S603
        command,
        cwd=place.project,
        env=bare | {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise CannotInstall(f"The jobs do not start under cron: {lines[-1]}")
    under_cron = json.loads(done.stdout.splitlines()[-1])
    here = {key: str(database.get(key, "")) for key in _DATABASE_KEYS}
    if under_cron != here:
        raise CannotInstall(
            f"Under cron the jobs would use {_database_name(under_cron)}, "
            f"not {_database_name(here)}: put DATABASE_URL into .env."
        )


def _database_name(database: Mapping[str, str]) -> str:
    engine = database["ENGINE"].rpartition(".")[2]
    host = f"{database['HOST']}/" if database["HOST"] else ""
    return f"{engine} {host}{database['NAME']}"
