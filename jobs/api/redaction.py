"""What may be told of a failure: foreseen reasons whole, crashes by their kind only.

The text of a crash may hold SQL, paths and other hotels' rows; it stays with the execution, for the
people who keep the system.
"""

import builtins
import re

from jobs.models import FailureKind, JobExecution, Status
from jobs.runner import Outcome

_INSIDE = frozenset({FailureKind.ERRORED.value, FailureKind.TIMED_OUT.value})
_CRASH = re.compile(r"(?:would fail: )?(?P<kind>[A-Za-z_]\w*): ")
_ENDINGS = ("Error", "Exception", "DoesNotExist", "ObjectsReturned", "Timeout", "Warning")


def redacted_error(execution: JobExecution) -> str | None:
    """Why an execution failed; None where it did not."""
    if execution.status != Status.FAILED:
        return execution.error or None
    if execution.failure_kind in _INSIDE:
        return shielded(execution.error)
    return execution.error


def redacted_summary(execution: JobExecution) -> str:
    """Its outcome in words."""
    if execution.failure_kind in _INSIDE:
        return shielded(execution.words)
    return execution.words


def outcome_error(outcome: Outcome) -> str | None:
    """Why a preview failed; None where it did not."""
    return shielded(outcome.error) if outcome.error else None


def shielded(text: str) -> str:
    """The text, or where it is of an exception only the kind of that."""
    found = _CRASH.match(text)
    if found is None or not _names_exception(found["kind"]):
        return text
    return f"The job crashed ({found['kind']}); the traceback is kept with the execution."


def _names_exception(name: str) -> bool:
    known = getattr(builtins, name, None)
    return name.endswith(_ENDINGS) or (isinstance(known, type) and issubclass(known, BaseException))
