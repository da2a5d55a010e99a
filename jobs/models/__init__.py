"""What is kept of the work: firings, executions, messages."""

from jobs.models.cron import CronDelivery, CronRefusal
from jobs.models.execution import FailureKind, JobExecution, SkipReason, Status
from jobs.models.outbox import OutboxMessage
from jobs.models.run import JobRun, Trigger
from jobs.models.schedule import JobSchedule
from jobs.models.tick import Tick

__all__ = [
    "CronDelivery",
    "CronRefusal",
    "FailureKind",
    "JobExecution",
    "JobRun",
    "JobSchedule",
    "OutboxMessage",
    "SkipReason",
    "Status",
    "Tick",
    "Trigger",
]
