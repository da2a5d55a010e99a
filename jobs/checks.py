"""System checks of the jobs: bad schedules, missing commands, results that would be hidden."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from jobs import registry
from jobs.base import ENGINE_METADATA, Job
from jobs.cli.system_checks import JOBS_TAG
from jobs.crontab.lines import command_name, schedule_problem
from jobs.result_fields import Kind, declared_fields

COMMANDS = "jobs.management.commands"


def declared_commands(names: Iterable[str]) -> dict[str, str]:
    """Return the job commands among the management commands `names`, each with its job's name."""
    found = {}
    for name in names:
        command = getattr(import_module(f"{COMMANDS}.{name}"), "Command", None)
        job_name = getattr(command, "job", None)
        if isinstance(job_name, str):
            found[name] = job_name
    return found


def all_commands() -> list[str]:
    """Return the names of the management commands of `jobs`."""
    return [module.name for module in iter_modules(import_module(COMMANDS).__path__)]


def check_schedules(jobs: Iterable[Job]) -> list[CheckMessage]:
    """Return jobs.E001 for an invalid schedule, jobs.E002 for a character cron cannot take."""
    errors: list[CheckMessage] = []
    for job in jobs:
        bad_characters = [character for character in "%#" if character in job.schedule]
        problem = schedule_problem(job.schedule)
        subject = f"The schedule {job.schedule!r} of the job {job.name}"
        if bad_characters:
            hint = "Cron ends a command at %. Some crons read # as the nth weekday of a month."
            text = (
                f"{subject} contains {' and '.join(bad_characters)}, which breaks a crontab line."
            )
            errors.append(Error(text, hint=hint, obj=job.name, id="jobs.E002"))
        elif problem:
            text = f"{subject} is not valid for cron: {problem}."
            hint = "Write five fields in UTC: minute, hour, day of month, month, day of week."
            errors.append(Error(text, hint=hint, obj=job.name, id="jobs.E001"))
    return errors


def check_commands(jobs: Sequence[Job], commands: Mapping[str, str]) -> list[CheckMessage]:
    """Return jobs.E003 for each job without a command.

    `commands` maps the name of each command to the name of its job.
    """
    errors: list[CheckMessage] = []
    for job in jobs:
        command = command_name(job.name)
        if commands.get(command) != job.name:
            text = f"The job {job.name} has no management command {command}."
            hint = f"Add {COMMANDS}.{command} with a JobCommand whose job is {job.name!r}."
            errors.append(Error(text, hint=hint, obj=job.name, id="jobs.E003"))
    return errors


def check_commands_have_jobs(
    jobs: Sequence[Job], commands: Mapping[str, str]
) -> list[CheckMessage]:
    """Return jobs.E004 for each command without a job; `commands` as in `check_commands`."""
    names = {command_name(job.name): job.name for job in jobs}
    errors: list[CheckMessage] = []
    for command, job_name in commands.items():
        if names.get(command) != job_name:
            text = f"The command {command} runs {job_name!r}, but no job has that name and command."
            hint = (
                "Register the job with @job, or give the command the job's name with underscores."
            )
            errors.append(Error(text, hint=hint, obj=command, id="jobs.E004"))
    return errors


def check_result_keys(jobs: Iterable[Job]) -> list[CheckMessage]:
    """Return jobs.E005 for a figure of a result that the metadata would hide.

    Programs read the figures beside the engine's own metadata (`JobExecution.full_metadata`).
    """
    return [
        Error(
            f"The result of the job {job.name} has the field {key}, which executions use "
            "themselves in their metadata.",
            hint="Rename the field.",
            obj=job.name,
            id="jobs.E005",
        )
        for job in jobs
        for key, field in declared_fields(job.result_class).items()
        if key in ENGINE_METADATA and field.kind is not Kind.TABLE
    ]


def check_limits(jobs: Iterable[Job], limits: Mapping[str, int]) -> list[CheckMessage]:
    """Return jobs.E006 for each limit of the setting JOBS_LIMITS that names no job."""
    names = sorted(job.name for job in jobs)
    return [
        Error(
            f"JOBS_LIMITS names {name!r}, but no job has that name.",
            hint=f"The jobs are {', '.join(names)}.",
            obj=name,
            id="jobs.E006",
        )
        for name in limits
        if name not in names
    ]


@register(JOBS_TAG)
def check_jobs(**kwargs: Any) -> list[CheckMessage]:
    """Check the schedules and commands of the registered jobs, before every job command as well."""
    jobs = registry.all_jobs()
    modules = set(all_commands()).intersection(command_name(job.name) for job in jobs)
    return [
        *check_schedules(jobs),
        *check_commands(jobs, declared_commands(modules)),
        *check_result_keys(jobs),
        *check_limits(jobs, settings.JOBS_LIMITS),
    ]


@register
def check_all_commands(**kwargs: Any) -> list[CheckMessage]:
    """Check the job of each command. Imports all commands, so only `manage.py check` runs it."""
    return check_commands_have_jobs(registry.all_jobs(), declared_commands(all_commands()))
