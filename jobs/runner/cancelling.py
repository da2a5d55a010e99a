"""Cancelling an execution: a PENDING one ends at once, a RUNNING one at its next checkpoint."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from hotels import audit
from hotels.audit import Via
from hotels.deadlocks import repeated_on_deadlock
from jobs.audit_verbs import JobVerb
from jobs.models import JobExecution, SkipReason, Status


class NotCancellable(Exception):
    """The execution has ended already; the message is one sentence for the user."""


def cancelled_words(name: str) -> str:
    """The result text of a cancelled execution."""
    return f"cancelled by {name}"


@repeated_on_deadlock
@transaction.atomic
def cancel(*, execution: JobExecution, by: AbstractBaseUser, via: Via = Via.ADMIN) -> JobExecution:
    """Cancel an execution and record it in the audit trail; returns the row as stored now.

    A PENDING execution ends at once as SKIPPED, and so does one that a worker holds and is not
    known to have begun: if it has, its changes are rolled back. Another RUNNING one ends at its
    next checkpoint with everything rolled back, unless it completes first. Raises NotCancellable if
    it has ended.
    """
    at = timezone.now()
    name = by.get_username()
    own = JobExecution.objects.filter(pk=execution.pk)
    held = Q(status=Status.RUNNING, started_at__isnull=True)
    changed = own.unfinished().filter(Q(status=Status.PENDING) | held).update(
        status=Status.SKIPPED,
        skip_reason=SkipReason.CANCELLED,
        words=cancelled_words(name),
        completed_at=at,
        updated_at=at,
    ) or own.running().update(cancel_requested_at=at, cancel_requested_by_name=name, updated_at=at)
    row = own.select_related("hotel", "run").get()
    if not changed:
        raise NotCancellable(
            gettext("Nothing to cancel: the execution has ended (%(status)s).")
            % {"status": row.status}
        )
    was_pending = row.status == Status.SKIPPED
    audit.record(
        by=by,
        verb=JobVerb.CANCEL,
        row=row,
        before={"status": Status.PENDING} if was_pending else {"cancel_requested_at": None},
        after={"status": Status.SKIPPED} if was_pending else {"cancel_requested_at": at},
        via=via,
        now=at,
    )
    return row
