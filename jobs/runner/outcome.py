"""What became of one hotel, in words and as data."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hotels.models import Hotel
from jobs.base import JobResult
from jobs.models import JobExecution

WORDS_KEPT = 400


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one hotel, for people and programs; `status` is a value of `Status`."""

    hotel: Hotel
    status: str
    words: str
    job_name: str = ""
    skip_reason: str = ""
    result: dict[str, Any] | None = None
    attention: tuple[str, ...] = ()
    effects: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    duration: timedelta | None = None
    execution_id: int | None = None
    repeated: bool = False  # the slot had ended before this firing: reported, not worked


def outcome_of(execution: JobExecution, *, status: str, words: str, **more: Any) -> Outcome:
    """The outcome of an execution whose row need not be read again."""
    return Outcome(
        hotel=execution.hotel,
        status=status,
        words=words,
        job_name=execution.job_name,
        execution_id=execution.pk,
        **more,
    )


def report(execution: JobExecution, result: JobResult) -> dict[str, Any]:
    """The columns that tell of a result; what stood in the metadata stays."""
    words = result.summary()
    attention = result.attention()
    told = {"attention": list(attention)} if attention else {}
    return {
        "result": result.payload(),
        "words": words[:WORDS_KEPT],
        "metadata": execution.metadata | told,
    }


def none_handled(result: JobResult) -> str:
    """Why an execution failed in which every object was a problem."""
    first = result.problems[0]
    count = len(result.problems)
    rest = f" (and {count - 1} more)" if count > 1 else ""
    return f"Nothing could be handled: {first.what}: {first.reason}{rest}"
