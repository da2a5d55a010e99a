"""Admin of executions and schedules."""

from jobs.admin import executions, hotel_note, schedules

__all__ = ["executions", "hotel_note", "schedules"]
