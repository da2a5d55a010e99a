"""Admin of executions, messages and schedules."""

from jobs.admin import executions, hotel_note, outbox, schedules

__all__ = ["executions", "hotel_note", "outbox", "schedules"]
