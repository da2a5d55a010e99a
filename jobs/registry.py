"""The jobs there are. A service announces itself with `@job`; `discover()` imports them all."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from jobs.base import Job, Service

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_jobs: dict[str, Job] = {}


class UnknownJob(Exception):
    """No job of that name; the message names near matches."""


def job(
    *,
    name: str,
    schedule: str,
    title: _StrOrPromise,
    aliases: tuple[str, ...] = (),
    timeout: timedelta = timedelta(minutes=15),
    attempts: int = 3,
) -> Callable[[Service], Service]:
    """Register a service under `name`, due at `schedule` (five cron fields, UTC).

    `title` is what people call the job, in their language where it is lazily translated. Raises
    ValueError for a name twice given or a schedule that is not one.
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
        )
        for taken in (name, *aliases):
            known = _find(taken)
            if known is not None and known.service.__module__ != service.__module__:
                raise ValueError(f"the job name {taken!r} is taken by {known.service.__module__}")
        _jobs[name] = new
        return service

    return register


def get(name: str) -> Job:
    """The job called `name`, or known by it as another name; raises UnknownJob."""
    found = _find(name)
    if found is None:
        near = difflib.get_close_matches(name, _jobs, n=2)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UnknownJob(f"there is no job {name!r}; the jobs are {', '.join(sorted(_jobs))}{hint}")
    return found


def title_of(name: str) -> str:
    """What people call a job; one that was taken out of the project keeps its name."""
    found = _find(name)
    return str(found.title) if found else name


def all_jobs() -> tuple[Job, ...]:
    """Every registered job, by name."""
    return tuple(_jobs[name] for name in sorted(_jobs))


def discover(*, package_name: str = "jobs.services") -> None:
    """Import every module of the services package, so that each registers its job."""
    package = importlib.import_module(package_name)
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package_name}.{module.name}")


def _find(name: str) -> Job | None:
    return _jobs.get(name) or next((j for j in _jobs.values() if name in j.aliases), None)
