"""The outcome of one execution, and the columns that store its result."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

from hotels.models import Hotel
from jobs.base import JobResult
from jobs.models import JobExecution, Status

SUMMARY_LENGTH = 400


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of a run in one hotel; `status` is a value of `Status`."""

    hotel: Hotel
    status: str
    summary: str
    job_name: str = ""
    skip_reason: str = ""
    result: dict[str, Any] | None = None
    attention: tuple[str, ...] = ()
    effects: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    failure_kind: str = ""
    problems: int = 0  # objects that could not be processed
    duration: timedelta | None = None
    execution_id: int | None = None
    repeated: bool = False  # the slot had ended before this run: reported, not worked again

    @property
    def completed_with_problems(self) -> bool:
        """True if the job completed, but some objects could not be processed."""
        return self.status == Status.COMPLETED and self.problems > 0

    @property
    def success(self) -> bool:
        """True if the job completed without problems."""
        return self.status == Status.COMPLETED and not self.problems


@dataclass(frozen=True, kw_only=True)
class Report:
    """A service's result in the forms that are stored and shown, each computed once."""

    result: JobResult
    payload: dict[str, Any]
    summary: str
    attention: tuple[str, ...]

    @classmethod
    def of(cls, result: JobResult) -> Self:
        """Raises whatever the result raises when it is rendered."""
        return cls(
            result=result,
            payload=result.payload(),
            summary=result.summary(),
            attention=result.attention(),
        )

    def columns(self, execution: JobExecution) -> dict[str, Any]:
        """The columns of a new execution that the result changes; other metadata are kept."""
        columns: dict[str, Any] = {"result": self.payload, "words": self.summary[:SUMMARY_LENGTH]}
        if self.result.problems:
            columns["problems"] = len(self.result.problems)
        if self.attention:
            columns["metadata"] = execution.metadata | {"attention": list(self.attention)}
        return columns


def outcome_of(execution: JobExecution, *, status: str, words: str, **more: Any) -> Outcome:
    """The outcome of an execution, without reading its row again."""
    return Outcome(
        hotel=execution.hotel,
        status=status,
        summary=words,
        job_name=execution.job_name,
        execution_id=execution.pk,
        **more,
    )


def everything_failed(result: JobResult) -> str:
    """The error of an execution in which nothing that was due could be done."""
    first = result.problems[0]
    count = len(result.problems)
    more = f" (and {count - 1} more)" if count > 1 else ""
    return f"Nothing could be done: {first.what}: {first.reason}{more}"
