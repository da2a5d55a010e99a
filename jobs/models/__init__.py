"""Runs, executions, schedules and messages; tokens and requests of API clients."""

from jobs.models.alerts import JOB_KINDS, Alert, AlertKind, AlertPart, AlertRule
from jobs.models.cron import CronDelivery
from jobs.models.default_schedule import DefaultSchedule, DefaultScheduleStart
from jobs.models.execution import (
    COMPLETED_WITH_PROBLEMS,
    FailureKind,
    JobExecution,
    JobExecutionQuerySet,
    SkipReason,
    Status,
    status_label,
)
from jobs.models.execution_counts import (
    BLOCK_SIZE,
    BlockCount,
    ExecutionCounter,
    HotelCount,
    in_blocks,
)
from jobs.models.execution_log import ExecutionLog
from jobs.models.figures import DailyFigures
from jobs.models.item_mark import ItemMark
from jobs.models.run import JobRun, Trigger
from jobs.models.schedule import JobSchedule
from jobs.models.tick import LockedHotel, Tick
from jobs.models.wall_screen import WallScreen
from jobs.models.worker import WorkerProcess
from jobs.models.worker_requests import ExecutionExport, ExecutionExportPart, PreviewRequest

__all__ = [
    "BLOCK_SIZE",
    "COMPLETED_WITH_PROBLEMS",
    "JOB_KINDS",
    "Alert",
    "AlertKind",
    "AlertPart",
    "AlertRule",
    "BlockCount",
    "CronDelivery",
    "DailyFigures",
    "DefaultSchedule",
    "DefaultScheduleStart",
    "ExecutionCounter",
    "ExecutionExport",
    "ExecutionExportPart",
    "ExecutionLog",
    "FailureKind",
    "HotelCount",
    "ItemMark",
    "JobExecution",
    "JobExecutionQuerySet",
    "JobRun",
    "JobSchedule",
    "LockedHotel",
    "PreviewRequest",
    "SkipReason",
    "Status",
    "Tick",
    "Trigger",
    "WallScreen",
    "WorkerProcess",
    "in_blocks",
    "status_label",
]
