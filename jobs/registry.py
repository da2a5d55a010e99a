"""Registry of the jobs: `@job` adds a service, `discover()` imports them all."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from jobs.base import Job, JobResult, Service
from jobs.local_hours import LocalHours, NeededRhythm
from jobs.result_fields import ResultField, declared_fields

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_jobs: dict[str, Job] = {}


class UnknownJob(Exception):
    """No job has that name; the message suggests similar names."""


def job(
    *,
    name: str,
    schedule: str,
    title: _StrOrPromise,
    aliases: tuple[str, ...] = (),
    timeout: timedelta = timedelta(minutes=15),
    attempts: int = 3,
    dated_effects: bool = False,
    recalculates: bool = False,
    local_hours: LocalHours | None = None,
    needed_rhythm: NeededRhythm | None = None,
) -> Callable[[Service], Service]:
    """Register a service as the job `name`, due at `schedule` (five cron fields, UTC).

    `title` is the job's name on pages; pass it lazily translated. With `dated_effects` its changes
    carry the date of the effective time, so that a closed business day is refused. A job that
    `recalculates` writes only figures counted from other rows.
    `local_hours` and `needed_rhythm` say which schedules make no sense in a hotel. Raises
    ValueError for a malformed name, a name another service has, or a schedule without five fields.
    """

    def register(service: Service) -> Service:
        new = Job(
            name=name,
            title=title,
            schedule=schedule,
            service=service,
            aliases=aliases,
            timeout=timeout,
            attempts=attempts,
            dated_effects=dated_effects,
            recalculates=recalculates,
            local_hours=local_hours,
            needed_rhythm=needed_rhythm,
        )
        for taken in (name, *aliases):
            known = _find(taken)
            if known is not None and known.service.__module__ != service.__module__:
                raise ValueError(f"the job name {taken!r} is taken by {known.service.__module__}")
        _jobs[name] = new
        return service

    return register


def get(name: str) -> Job:
    """The job with this name or alias. Raises UnknownJob."""
    found = _find(name)
    if found is None:
        near = difflib.get_close_matches(name, _jobs, n=2)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UnknownJob(f"there is no job {name!r}; the jobs are {', '.join(sorted(_jobs))}{hint}")
    return found


def title_of(name: str) -> str:
    """The title of a job; the name itself for a job that is no longer in the project."""
    found = _find(name)
    return str(found.title) if found else name


def result_fields_of(name: str) -> Mapping[str, ResultField]:
    """The declared fields of a job's result by their keys in the stored JSON.

    Only those of every result, `hotelId` and `problems`, for a job no longer in the project.
    """
    found = _find(name)
    return declared_fields(found.result_class if found else JobResult)


def all_jobs() -> tuple[Job, ...]:
    """All registered jobs, sorted by name."""
    return tuple(_jobs[name] for name in sorted(_jobs))


def discover(*, package_name: str = "jobs.services") -> None:
    """Import every module of the services package; each registers its job."""
    package = importlib.import_module(package_name)
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package_name}.{module.name}")


def _find(name: str) -> Job | None:
    return _jobs.get(name) or next((j for j in _jobs.values() if name in j.aliases), None)
