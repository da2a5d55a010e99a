"""What is kept of the work: firings, executions, messages."""

from jobs.models.execution import FailureKind, JobExecution, SkipReason, Status
from jobs.models.outbox import OutboxMessage
from jobs.models.run import JobRun, Trigger

__all__ = [
    "FailureKind",
    "JobExecution",
    "JobRun",
    "OutboxMessage",
    "SkipReason",
    "Status",
    "Trigger",
]
