"""A person calls work off: what waits at once, what runs at its next checkpoint."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from hotels import audit
from hotels.audit import Via
from jobs.audit_verbs import JobVerb
from jobs.models import JobExecution, SkipReason, Status


class NotCancellable(Exception):
    """There is nothing left to cancel; the message says how it ended."""


def cancelled_words(name: str) -> str:
    """How a cancelled execution tells it."""
    return f"cancelled by {name}"


@transaction.atomic
def cancel(*, execution: JobExecution, by: AbstractBaseUser, via: Via = Via.ADMIN) -> JobExecution:
    """Call off an execution; returns the row as it is then.

    One that waits ends at once as SKIPPED. One that runs ends at its next checkpoint, with
    everything rolled back, unless it is done before that. Raises NotCancellable for ended ones.
    """
    at = timezone.now()
    name = by.get_username()
    own = JobExecution.objects.filter(pk=execution.pk)
    done = own.pending().update(
        status=Status.SKIPPED,
        skip_reason=SkipReason.CANCELLED,
        words=cancelled_words(name),
        completed_at=at,
        updated_at=at,
    ) or own.running().update(cancel_requested_at=at, cancel_requested_by_name=name, updated_at=at)
    row = own.select_related("hotel", "run").get()
    if not done:
        raise NotCancellable(
            gettext("There is nothing to cancel: it has ended (%(status)s).")
            % {"status": row.status}
        )
    waited = row.status == Status.SKIPPED
    audit.record(
        by=by,
        verb=JobVerb.CANCEL,
        row=row,
        before={"status": Status.PENDING} if waited else {"cancel_requested_at": None},
        after={"status": Status.SKIPPED} if waited else {"cancel_requested_at": at},
        via=via,
        now=at,
    )
    return row
