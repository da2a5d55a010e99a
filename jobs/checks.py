"""System checks: what would keep a job from running is an error before anything runs."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.core.checks import CheckMessage, Error, register

from jobs import registry
from jobs.base import Job
from jobs.crontab.lines import command_name, schedule_problem

COMMANDS = "jobs.management.commands"


def declared_commands() -> dict[str, str]:
    """The job commands there are: the command's name and the job it says it runs."""
    found = {}
    for module in iter_modules(import_module(COMMANDS).__path__):
        command = getattr(import_module(f"{COMMANDS}.{module.name}"), "Command", None)
        job_name = getattr(command, "job", None)
        if isinstance(job_name, str):
            found[module.name] = job_name
    return found


def check_schedules(jobs: Iterable[Job]) -> list[CheckMessage]:
    """jobs.E001: a bad time field. jobs.E002: a sign that breaks a line of a crontab."""
    errors: list[CheckMessage] = []
    for job in jobs:
        signs = [sign for sign in "%#" if sign in job.schedule]
        problem = schedule_problem(job.schedule)
        begin = f"The schedule {job.schedule!r} of the job {job.name}"
        if signs:
            hint = "Cron ends a command at % and some read # as the nth weekday of a month."
            text = f"{begin} breaks the line of a crontab with {' and '.join(signs)}."
            errors.append(Error(text, hint=hint, obj=job.name, id="jobs.E002"))
        elif problem:
            text = f"{begin} is not one cron understands: {problem}."
            hint = "Five fields: minute, hour, day of month, month, day of week; in UTC."
            errors.append(Error(text, hint=hint, obj=job.name, id="jobs.E001"))
    return errors


def check_commands(jobs: Sequence[Job], commands: Mapping[str, str]) -> list[CheckMessage]:
    """jobs.E003: a job without its command. jobs.E004: a job command without its job.

    `commands` maps the name of a command to the name of the job it runs.
    """
    names = {command_name(job.name): job.name for job in jobs}
    errors: list[CheckMessage] = []
    for command, job_name in names.items():
        if commands.get(command) != job_name:
            text = f"The job {job_name} has no management command {command}."
            hint = f"Add {COMMANDS}.{command} with a JobCommand whose job is {job_name!r}."
            errors.append(Error(text, hint=hint, obj=job_name, id="jobs.E003"))
    for command, job_name in commands.items():
        if names.get(command) != job_name:
            text = f"The command {command} runs {job_name!r}, which is no job of that command."
            hint = "Register the job with @job, or name the command as the job, with underscores."
            errors.append(Error(text, hint=hint, obj=command, id="jobs.E004"))
    return errors


@register("jobs")
def check_jobs(**kwargs: Any) -> list[CheckMessage]:
    """All checks of the registered jobs."""
    jobs = registry.all_jobs()
    return [*check_schedules(jobs), *check_commands(jobs, declared_commands())]
