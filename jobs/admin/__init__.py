"""The console: what was done, and when a hotel wants it done."""

from jobs.admin import executions, outbox, schedules

__all__ = ["executions", "outbox", "schedules"]
