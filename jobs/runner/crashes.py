"""Unexpected exceptions: the sentence everybody may read, and the text for the server's log.

The text of an exception can contain SQL, paths and rows of other hotels. It is stored only in the
traceback of the execution, which superusers see.
"""

import logging

from hotels.models import Hotel
from hotels.tracing import report_crash
from jobs.base import Job
from jobs.models import JobExecution

_log = logging.getLogger(__name__)


def crash_sentence(crash: Exception) -> str:
    """The kind of the exception, such as `Unexpected error (IntegrityError).`"""
    return f"Unexpected error ({type(crash).__name__})."


def log_crash(
    crash: Exception, *, job: Job, hotel: Hotel, execution: JobExecution | None = None
) -> None:
    """Log the exception in one line, and report it where crashes are reported."""
    name = "preview" if execution is None else f"execution {execution.pk}"
    lines = str(crash).strip().splitlines() or [""]
    _log.error("%s in %s, %s: %s: %s", job.name, hotel.code, name, type(crash).__name__, lines[0])
    report_crash(crash, job=job.name, hotel=hotel.code, execution=name)
