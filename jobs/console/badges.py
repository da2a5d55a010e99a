"""How an execution stands, for people: a word, a sign and a tone; never a colour alone."""

from datetime import datetime

from django.utils.translation import gettext as _

from hotels.console.badges import Badge
from jobs.models import JobExecution, Status

_LOOKS = {
    Status.COMPLETED: ("good", "check_circle"),
    Status.FAILED: ("bad", "error"),
    Status.RUNNING: ("wait", "sync"),
    Status.PENDING: ("wait", "hourglass_empty"),
    Status.SKIPPED: ("off", "block"),
}


def execution_badge(execution: JobExecution) -> Badge:
    """The state of one execution: its status, and that a failed one is tried again."""
    status = Status(execution.status)
    tone, icon = _LOOKS[status]
    words = str(status.label)
    if status == Status.PENDING and execution.not_before is not None:
        return Badge(tone="warn", icon="update", words=_("waits for its next try"))
    if status == Status.RUNNING and execution.cancel_requested_at is not None:
        return Badge(tone="warn", icon="cancel", words=_("asked to stop"))
    return Badge(tone=tone, icon=icon, words=words)


def is_open(execution: JobExecution) -> bool:
    """Whether it waits or runs: its page is worth asking again."""
    return execution.status in (Status.PENDING, Status.RUNNING)


def waits_long(execution: JobExecution, *, now: datetime) -> bool:
    """Whether it waits for a time to come: asking every two seconds would tell nothing."""
    return execution.not_before is not None and execution.not_before > now
