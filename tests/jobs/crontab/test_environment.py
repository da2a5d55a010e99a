"""The script that a crontab line starts, and the check of the environment under cron."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from jobs.crontab.environment import check_environment
from jobs.crontab.lines import CannotInstall, Place
from tests.jobs import checkout

pytestmark = pytest.mark.once

BARE = {"PATH": "/usr/bin:/bin"}
PRINT_ARGUMENTS = '#!/bin/sh\necho "in $PWD: $*"\necho "oh dear" >&2\nexit {code}\n'


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder with special characters in its name, the script, and a fake Python."""
    project = tmp_path / '50% off # it\'s "here"'
    (project / "jobs/crontab").mkdir(parents=True)
    shutil.copy(settings.BASE_DIR / "jobs/crontab/run.sh", project / "jobs/crontab")
    return Place(project=project, python=project / "my python")


def run(place: Place, *, code: int) -> subprocess.CompletedProcess[str]:
    """Run the line with a Python that prints its arguments and exits with `code`."""
    place.python.write_text(PRINT_ARGUMENTS.format(code=code))
    place.python.chmod(0o755)
    return as_cron(place)


def as_cron(place: Place) -> subprocess.CompletedProcess[str]:
    """Pass the command of the line to /bin/sh, as cron does."""
    line = place.line(schedule="0 5 * * *", command="wake_up")
    command = line.split(" ", maxsplit=5)[5].replace(r"\%", "%")
    return subprocess.run(
        ["/bin/sh", "-c", command], cwd="/", env=BARE, capture_output=True, text=True, check=False
    )


def log(place: Place) -> str:
    return (place.project / "var/log/wake_up.log").read_text()


def test_the_command_runs_with_scheduled_in_the_project_folder(place: Place) -> None:
    run(place, code=0)

    assert f"in {place.project}: manage.py wake_up --scheduled\noh dear\n" in log(place)


def test_the_log_shows_the_start_time_and_the_exit_code(place: Place) -> None:
    run(place, code=3)

    first, *_, last = log(place).splitlines()
    assert first.startswith("== 2")
    assert first.endswith("Z wake_up started")
    assert last.endswith("Z wake_up finished with exit code 3")


def test_each_run_is_appended_to_the_log(place: Place) -> None:
    run(place, code=0)
    run(place, code=0)

    assert log(place).count("finished with exit code 0") == 2


def test_a_successful_run_prints_nothing(place: Place) -> None:
    done = run(place, code=0)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_failure_returns_its_exit_code_and_names_the_log(place: Place) -> None:
    done = run(place, code=3)

    assert done.returncode == 3
    assert done.stderr.startswith("wake_up failed with exit code 3; see ")
    assert done.stderr.endswith("/var/log/wake_up.log\n")


def test_a_missing_python_is_a_failure_in_the_log(place: Place) -> None:
    done = as_cron(place)

    assert done.returncode == 127
    assert "not found" in log(place)


def test_a_log_that_cannot_be_written_is_a_failure(place: Place) -> None:
    (place.project / "var").write_text("in the way")

    assert run(place, code=0).returncode == 2


def the_project(folder: Path) -> Place:
    return Place(project=folder, python=Path(sys.executable))


def database(path: Path) -> dict[str, str]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}


def test_the_check_accepts_the_database_of_the_env_file(tmp_path: Path) -> None:
    copy = checkout.make(tmp_path / "copy", database=tmp_path / "books.sqlite3")

    check_environment(place=the_project(copy.folder), database=database(copy.database))


def test_another_database_under_cron_is_refused(tmp_path: Path) -> None:
    copy = checkout.make(tmp_path / "copy", database=tmp_path / "books.sqlite3")

    with pytest.raises(CannotInstall, match=r"sqlite3 .*books\.sqlite3, not sqlite3 .*other"):
        check_environment(place=the_project(copy.folder), database=database(tmp_path / "other"))


def test_a_setting_missing_under_cron_is_refused_with_its_error(tmp_path: Path) -> None:
    copy = checkout.make(tmp_path / "copy", database=tmp_path / "books.sqlite3")
    (copy.folder / ".env").unlink()

    with pytest.raises(CannotInstall, match=r"do not start under cron: .*SECRET_KEY is not set"):
        check_environment(place=the_project(copy.folder), database=database(copy.database))
