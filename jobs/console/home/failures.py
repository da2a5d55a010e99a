"""Causes of failures, their next attempts, and the pages that show them."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from jobs.console.home.clock import HomeClock
from jobs.console.home.job_status import LatestExecution
from jobs.models import Status
from jobs.scheduling import GRACE

CAUSE_LENGTH = 160


def cause_of(execution: LatestExecution | None) -> str:
    """Return the first line of the error of a failed execution; empty for others."""
    if execution is None or execution.status != Status.FAILED:
        return ""
    lines = execution.error.strip().splitlines()
    return Truncator(lines[0]).chars(CAUSE_LENGTH) if lines else ""


def shared_cause(executions: Sequence[LatestExecution | None]) -> str:
    """Return the cause of all these failures, or a sentence with the most frequent one."""
    causes = Counter(filter(None, map(cause_of, executions)))
    if not causes:
        return ""
    cause, _count = causes.most_common(1)[0]
    if len(causes) == 1:
        return cause
    return _("Most frequent cause: %(cause)s") % {"cause": cause}


def next_attempt(execution: LatestExecution | None, *, clock: HomeClock) -> str:
    """Return a sentence about an attempt that waits or is running."""
    if execution is not None and execution.status == Status.RUNNING:
        return _("The next attempt is running.")
    return attempt_at((execution and execution.not_before) or clock.now, clock=clock)


def attempt_at(at: datetime, *, clock: HomeClock) -> str:
    """Return a sentence about an attempt; one that should have started long ago is overdue."""
    if at > clock.now:
        return _("Next attempt: %(when)s.") % {"when": clock.text(at)}
    if clock.now - at > GRACE:
        return _("Next attempt overdue since %(when)s.") % {"when": clock.text(at)}
    return _("Next attempt due now.")


def receipt_url(pk: int) -> str:
    """Return the URL of the page of an execution."""
    return reverse("admin:jobs_jobexecution_change", args=[pk])


def executions_url(executions: Sequence[LatestExecution], **filters: str) -> str:
    """Return the URL of the only execution, or of the list of a job's executions with filters.

    The list starts at the day of the oldest one.
    """
    if len(executions) == 1:
        return receipt_url(executions[0].pk)
    first = min(each.created_at for each in executions).astimezone(UTC).date()
    query = {"job": executions[0].job_name, "created_at_from": first.isoformat()} | filters
    return f"{reverse('admin:jobs_jobexecution_changelist')}?{urlencode(query)}"
