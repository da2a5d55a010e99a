"""What was done, to look at: nothing here is changed by hand."""

from jobs.admin import executions, outbox

__all__ = ["executions", "outbox"]
