"""docs/howto/add-a-job.md, followed in a copy of the project."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jobs.checkout import UNFINISHED

pytestmark = pytest.mark.once

# Tests that go through all registered jobs.
TESTS_OF_ALL_JOBS = (
    "api/test_schedules.py",
    "cli/test_job_command.py",
    "http_cron/test_howto.py",
    "services/test_checkpoints.py",
    "test_registry.py",
    "test_result_fields.py",
)
ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "howto" / "add-a-job.md"


@pytest.fixture
def copy(tmp_path: Path, tables: Path | None) -> Path:
    """A copy of the project with the two files of a sixth job, nothing else edited."""
    project = tmp_path / "project"
    project.mkdir()
    for file in ("manage.py", "pyproject.toml"):
        shutil.copy(ROOT / file, project)
    for folder in ("pms", "hotels", "jobs", "templates", "tests", "docs"):
        shutil.copytree(ROOT / folder, project / folder, ignore=UNFINISHED)
    for path, code in re.findall(
        r"^## \d\. [^\n]*`(jobs/[^`]+)`\n.*?```python\n(.*?)```", PAGE.read_text(), re.S | re.M
    ):
        (project / path).write_text(code)
    if tables:
        shutil.copy(tables, project / "db.sqlite3")
    else:
        manage(project, "migrate", "--verbosity", "0")
    return project


def run_python(project: Path, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def manage(project: Path, *arguments: str) -> str:
    return run_python(
        project,
        "manage.py",
        *arguments,
        DATABASE_URL=f"sqlite:///{project / 'db.sqlite3'}",
        DJANGO_SETTINGS_MODULE="pms.settings",
    )


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


def test_the_tests_of_all_jobs_pass_with_a_sixth_job(copy: Path) -> None:
    files = [f"tests/jobs/{name}" for name in TESTS_OF_ALL_JOBS]

    output = run_python(
        copy,
        *("-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", *files),
        DATABASE_URL="sqlite:///:memory:",
        DJANGO_SETTINGS_MODULE="tests.settings",
        PYTEST_ADDOPTS="",
    )

    assert " passed" in output
