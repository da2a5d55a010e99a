"""Admin of executions, messages and schedules."""

from jobs.admin import executions, outbox, schedules

__all__ = ["executions", "outbox", "schedules"]
