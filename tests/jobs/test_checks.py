"""The system checks of the jobs, and the checks that run before a job command."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core import checks as django_checks
from django.core.management import call_command

from jobs import checks, registry
from jobs import result_fields as fields
from jobs.base import Job, JobContext, JobResult, Problem
from jobs.result_fields import result_dataclass
from tests.jobs import checkout


def service(context: JobContext) -> JobResult:
    raise NotImplementedError


@result_dataclass
class Attended(JobResult):
    """A figure and a table named like metadata of the engine."""

    retry: int = fields.count("Retries")
    attention: tuple[Problem, ...] = fields.table("Attention", row=Problem)

    def summary(self) -> str:
        return "Done"


def attend(context: JobContext) -> Attended:
    raise NotImplementedError


def a_job(*, schedule: str = "0 5 * * *", name: str = "count-towels") -> Job:
    return Job(name=name, title="Count towels", schedule=schedule, service=service)


def ids(errors: list[django_checks.CheckMessage]) -> list[str | None]:
    return [error.id for error in errors]


@pytest.mark.parametrize(
    "schedule",
    [
        "* * * * *",
        "0 */2 * * *",
        "5,35 6-22/4 * * 1-5",
        "0 4 1 JAN,jul *",
        "0 0 * * mon",
        "0 0 * * 7",
    ],
)
def test_a_schedule_valid_for_cron_is_accepted(schedule: str) -> None:
    assert checks.check_schedules([a_job(schedule=schedule)]) == []


@pytest.mark.parametrize(
    "schedule",
    [
        "61 * * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 * 13 *",
        "0 0 * * 8",
        "*/0 * * * *",
        "5/10 * * * *",
        "0 0 L * *",
        "0 0 * * 5L",
        "10-5 * * * *",
        "1,,2 * * * *",
        "0 0 30 2 *",
        "0 0 * * monday",
        "٣ * * * *",
    ],
)
def test_an_invalid_field_is_an_error(schedule: str) -> None:
    assert ids(checks.check_schedules([a_job(schedule=schedule)])) == ["jobs.E001"]


def test_the_error_names_the_job_and_the_invalid_field() -> None:
    (error,) = checks.check_schedules([a_job(schedule="0 99 * * *")])

    assert "'0 99 * * *' of the job count-towels" in error.msg
    assert "a bad hour" in error.msg


@pytest.mark.parametrize("schedule", ["0 0 * * 1#2", "% * * * *"])
def test_a_character_that_breaks_a_crontab_line_is_an_error(schedule: str) -> None:
    assert ids(checks.check_schedules([a_job(schedule=schedule)])) == ["jobs.E002"]


def test_a_job_and_its_command_are_accepted() -> None:
    assert checks.check_commands([a_job()], {"count_towels": "count-towels"}) == []


def test_a_job_without_a_command_is_an_error() -> None:
    (error,) = checks.check_commands([a_job()], {})

    assert (error.id, error.obj) == ("jobs.E003", "count-towels")


def test_a_command_without_a_job_is_an_error() -> None:
    (error,) = checks.check_commands_have_jobs([], {"count_towels": "count-towels"})

    assert (error.id, error.obj) == ("jobs.E004", "count_towels")


def test_a_command_with_a_different_name_from_its_job_is_an_error() -> None:
    jobs, commands = [a_job()], {"towels": "count-towels"}

    assert ids(checks.check_commands(jobs, commands)) == ["jobs.E003"]
    assert ids(checks.check_commands_have_jobs(jobs, commands)) == ["jobs.E004"]


def test_job_commands_are_recognised_by_their_job_attribute() -> None:
    found = checks.declared_commands(checks.all_commands())

    assert found["check_no_shows"] == "check-no-shows"
    assert "install_crontab" not in found


def test_a_figure_named_like_metadata_of_the_engine_is_an_error() -> None:
    job = Job(name="attend", title="Attend", schedule="0 5 * * *", service=attend)

    (error,) = checks.check_result_keys([job])

    assert (error.id, error.obj) == ("jobs.E005", "attend")
    assert "the field retry" in error.msg


def test_the_jobs_of_this_project_pass() -> None:
    assert checks.check_jobs() == checks.check_all_commands() == []


@pytest.mark.once
def test_manage_py_check_runs_the_job_checks(tmp_path: Path) -> None:
    copy = checkout.make(tmp_path / "copy", database=tmp_path / "books.sqlite3")
    (copy.folder / "jobs/management/commands/beat_each_minute.py").unlink()

    done = copy.manage("check")

    assert done.returncode == 1
    assert "(jobs.E003) The job beat-each-minute has no management command" in done.stderr


# Prints the modules that were imported by the command given in the arguments.
PRINT_MODULES = """
import atexit, os, sys
atexit.register(lambda: print("modules:", *sys.modules))
os.environ["DJANGO_SETTINGS_MODULE"] = "pms.settings"
from pms.command_line import execute
execute(["manage.py", *sys.argv[1:]])
"""


REPORTING = ("opentelemetry", "prometheus_client", "sentry_sdk", "structlog")
# The tick also evaluates the rules of alerts.
MODULES = {"check_no_shows": 900, "run_due_jobs": 950}


@pytest.mark.once
@pytest.mark.parametrize("command", ["check_no_shows", "run_due_jobs"])
def test_a_job_command_imports_no_pages_and_no_tables(
    command: str, tmp_path: Path, tables: Path | None
) -> None:
    assert tables, "this test runs on SQLite"
    shutil.copy(tables, tmp_path / "books.sqlite3")
    url = f"sqlite:///{tmp_path}/books.sqlite3"

    done = subprocess.run(
        [sys.executable, "-c", PRINT_MODULES, command, "--scheduled"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "SECRET_KEY": "x" * 50, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    modules = set(done.stdout.rpartition("modules:")[2].split())
    assert "jobs.models" in modules
    assert not {"pms.urls", "jobs.api.urls", "jobs.console.urls"} & modules
    assert not {"hotels.admin", "jobs.admin", "jobs.replay", "rich.console"} & modules
    assert not {"hotels.notifications.email.channel", "jobs.console"} & modules
    packages = {name.partition(".")[0] for name in modules}
    assert not {"apprise", "cryptography", "httpx", "jinja2", "typst", *REPORTING} & packages
    # Half a second of processor time; each module adds a third of a millisecond.
    assert len(modules) <= MODULES[command]


@pytest.mark.once
@pytest.mark.parametrize("command", ["check_no_shows", "run_due_jobs"])
def test_a_job_command_stops_if_a_schedule_is_invalid(command: str, tmp_path: Path) -> None:
    copy = checkout.make(tmp_path / "copy", database=tmp_path / "books.sqlite3")
    service = copy.folder / "jobs/services/beat.py"
    service.write_text(service.read_text().replace("* * * * *", "61 * * * *"))

    done = copy.manage(command)

    assert done.returncode == 1
    assert "(jobs.E001) The schedule '61 * * * *' of the job beat-each-minute" in done.stderr


@pytest.mark.once
@pytest.mark.parametrize("command", ["check_no_shows", "run_due_jobs"])
def test_a_job_command_stops_if_a_job_has_no_command(command: str, tmp_path: Path) -> None:
    copy = checkout.make(tmp_path / "copy", database=tmp_path / "books.sqlite3")
    (copy.folder / "jobs/management/commands/beat_each_minute.py").unlink()

    done = copy.manage(command)

    assert done.returncode == 1
    assert "(jobs.E003) The job beat-each-minute has no management command" in done.stderr


def test_manage_py_check_still_runs_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check", "--list-tags")

    tags = set(capsys.readouterr().out.split())
    assert {"jobs", "database", "urls", "models", "security"} <= tags


def test_cronjobs_contains_every_job_and_the_tick() -> None:
    jobs = [(job.schedule, job.name.replace("-", "_")) for job in registry.all_jobs()]

    lines = [(time, *arguments) for time, _, arguments in settings.CRONJOBS]

    assert lines == [
        (time, command, "--scheduled") for time, command in [*jobs, ("* * * * *", "run_due_jobs")]
    ]


def test_a_limit_of_an_unknown_job_is_reported() -> None:
    found = checks.check_limits([a_job()], {"count-towels": 5, "count-sheets": 5})

    assert ids(found) == ["jobs.E006"]
    assert "JOBS_LIMITS names 'count-sheets'" in str(found[0].msg)
