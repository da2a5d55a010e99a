"""How the API describes itself: one module for each group of routes."""

from jobs.api.schema import people
from jobs.api.schema.executions import executions
from jobs.api.schema.others import runs, schedules, triggers

__all__ = ["executions", "people", "runs", "schedules", "triggers"]
