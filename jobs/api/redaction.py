"""Error texts for the API: anticipated failures in full, exceptions by their class only.

The text of an exception can contain SQL, paths and rows of other hotels. It stays with the
execution, for administrators.
"""

import builtins
import re

from jobs.models import FailureKind, JobExecution, Status
from jobs.runner import Outcome

_INTERNAL_KINDS = frozenset({FailureKind.ERRORED.value, FailureKind.TIMED_OUT.value})
_EXCEPTION = re.compile(r"(?:would fail: )?(?P<kind>[A-Za-z_]\w*): ")
_EXCEPTION_SUFFIXES = (
    "Error",
    "Exception",
    "DoesNotExist",
    "ObjectsReturned",
    "Timeout",
    "Warning",
)


def redacted_error(execution: JobExecution) -> str | None:
    """Reason of an execution's failure without internal details; None without one."""
    if execution.status != Status.FAILED:
        return execution.error or None
    if execution.failure_kind in _INTERNAL_KINDS:
        return without_details(execution.error)
    return execution.error


def redacted_summary(execution: JobExecution) -> str:
    """Summary of an execution's outcome without internal details."""
    if execution.failure_kind in _INTERNAL_KINDS:
        return summary_without_details(summary=execution.words, error=execution.error)
    return execution.words


def outcome_error(outcome: Outcome) -> str | None:
    """Reason of a preview's failure without internal details; None unless it failed."""
    return without_details(outcome.error) if outcome.error else None


def summary_without_details(*, summary: str, error: str) -> str:
    """The summary; if it or the error is the text of an exception, only the exception's class.

    The runner adds words of its own to the error in a summary, so both are checked.
    """
    general = without_details(error)
    return without_details(summary) if general == error else general


def without_details(text: str) -> str:
    """The text, or a general sentence with only the class if it is the text of an exception."""
    match = _EXCEPTION.match(text)
    if match is None or not _is_exception_name(match["kind"]):
        return text
    return f"Unexpected error ({match['kind']}); the traceback is stored with the execution."


def _is_exception_name(name: str) -> bool:
    builtin = getattr(builtins, name, None)
    return name.endswith(_EXCEPTION_SUFFIXES) or (
        isinstance(builtin, type) and issubclass(builtin, BaseException)
    )
