"""The job a path names."""

from hotels.http.problem import NotFoundError
from jobs import registry
from jobs.base import Job
from jobs.registry import UnknownJob


def find_job(name: str) -> Job:
    """The job with that name or alias; raises NotFoundError for an unknown one."""
    try:
        return registry.get(name)
    except UnknownJob as error:
        sentence = str(error)
        raise NotFoundError(f"{sentence[0].upper()}{sentence[1:]}") from None
