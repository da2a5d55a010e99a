"""Badges for the status of executions: text, icon and colour."""

from datetime import datetime

from django.utils.translation import gettext as _

from hotels.console.badges import Badge
from jobs.models import JobExecution, Status, status_label

_STYLES = {
    Status.COMPLETED: ("good", "check_circle"),
    Status.FAILED: ("bad", "error"),
    Status.RUNNING: ("wait", "sync"),
    Status.PENDING: ("wait", "hourglass_empty"),
    Status.SKIPPED: ("off", "block"),
}


def execution_badge(execution: JobExecution) -> Badge:
    """Return the badge of an execution; retries and cancellations have their own text."""
    status = Status(execution.status)
    if status == Status.PENDING and execution.not_before is not None:
        return Badge(tone="warn", icon="update", text=_("waiting for the next attempt"))
    if status == Status.RUNNING and execution.cancel_requested_at is not None:
        return Badge(tone="warn", icon="cancel", text=_("stopping"))
    return status_badge(status, problems=execution.problems)


def status_badge(status: str, *, problems: int) -> Badge:
    """Return the badge of a status; completed with problems is amber, never green."""
    known = Status(status)
    tone, icon = _STYLES[known]
    if known == Status.COMPLETED and problems:
        tone, icon = "warn", "warning"
    return Badge(tone=tone, icon=icon, text=str(status_label(known, problems=problems)))


def is_open(execution: JobExecution) -> bool:
    """Return whether the execution is waiting or running, so its page keeps polling."""
    return execution.status in (Status.PENDING, Status.RUNNING)


def is_delayed(execution: JobExecution, *, now: datetime) -> bool:
    """Return whether the execution waits for a later time, so its page can poll less often."""
    return execution.not_before is not None and execution.not_before > now
