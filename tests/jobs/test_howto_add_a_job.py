"""The page docs/howto/add-a-job.md, done to the letter in a copy of the project."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "howto" / "add-a-job.md"


@pytest.fixture
def copy(tmp_path: Path, tables: Path | None) -> Path:
    """The project with the sixth job's two files added, nothing else edited, and its tables."""
    project = tmp_path / "project"
    project.mkdir()
    shutil.copy(ROOT / "manage.py", project)
    for package in ("pms", "hotels", "jobs", "templates"):
        if (ROOT / package).is_dir():
            shutil.copytree(ROOT / package, project / package)
    for path, code in re.findall(
        r"^## \d\. [^\n]*`(jobs/[^`]+)`\n.*?```python\n(.*?)```", PAGE.read_text(), re.S | re.M
    ):
        (project / path).write_text(code)
    if tables:
        shutil.copy(tables, project / "db.sqlite3")
    else:
        manage(project, "migrate", "--verbosity", "0")
    return project


def manage(project: Path, *words: str) -> str:
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{project / 'db.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "pms.settings",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_sixth_job_needs_one_service_and_one_command(copy: Path) -> None:
    command = copy / "jobs" / "management" / "commands" / "wake_up_calls.py"
    assert len(command.read_text().splitlines()) <= 6

    manage(copy, "check", "--fail-level", "WARNING")
    manage(copy, "makemigrations", "--check", "--dry-run")
    manage(
        copy, "shell", "-c", "from hotels.models import Hotel; Hotel.objects.create(code='porto')"
    )
    report = json.loads(manage(copy, "wake_up_calls", "--json"))

    assert report["outcomes"][0]["words"] == "0 rooms on the list"
    assert "wake-up-calls" in manage(copy, "jobs")
