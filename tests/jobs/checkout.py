"""A copy of the project in a temporary folder, with a sixth job that is due every minute."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

# Bytecode is copied, so that processes in the copy need not compile the project again, but not what
# another process is just writing.
UNFINISHED = shutil.ignore_patterns("*.pyc.*")
PARTS = ("pms", "hotels", "jobs", "templates")
SERVICE = """
from jobs.base import JobContext, JobResult
from jobs.registry import job
from jobs.result_fields import result_dataclass


@result_dataclass
class Beat(JobResult):
    def summary(self) -> str:
        return "one beat"


@job(name="beat-each-minute", schedule="* * * * *", title="Beat")
def beat(context: JobContext) -> Beat:
    return Beat(hotel_id=context.hotel.pk, done=1)
"""
COMMAND = """
from jobs.cli.job_command import JobCommand


class Command(JobCommand):
    job = "beat-each-minute"
"""


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """The folder of the copy and the SQLite file named in its `.env`."""

    folder: Path
    database: Path

    def manage(
        self, *arguments: str, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run manage.py of the copy without this process's settings in the environment."""
        bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.run(
            [sys.executable, str(self.folder / "manage.py"), *arguments],
            env=bare | (environment or {}),
            capture_output=True,
            text=True,
            check=False,
        )


def make(folder: Path, *, database: Path) -> Checkout:
    """Copy the project to `folder`, add the sixth job, and write an `.env` for `database`."""
    for part in PARTS:
        shutil.copytree(settings.BASE_DIR / part, folder / part, ignore=UNFINISHED)
    shutil.copy(settings.BASE_DIR / "manage.py", folder)
    (folder / "jobs/services/beat.py").write_text(SERVICE)
    (folder / "jobs/management/commands/beat_each_minute.py").write_text(COMMAND)
    (folder / ".env").write_text(f"SECRET_KEY={'x' * 50}\nDATABASE_URL=sqlite:///{database}\n")
    return Checkout(folder=folder, database=database)
