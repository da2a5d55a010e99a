"""The next attempt at what failed: by itself after a backoff, or because a person asked."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from tenacity import RetryCallState, Retrying
from tenacity.wait import wait_random_exponential

from hotels import audit
from hotels.audit import Via
from jobs.audit_verbs import JobVerb
from jobs.base import Job
from jobs.models import JobExecution, JobRun, Status, Trigger


class NotRetryable(Exception):
    """A person asked for another attempt where there can be none; the message says why."""


def retry_terms(*, job: Job, attempts: int | None = None) -> dict[str, Any]:
    """How a slot is retried, as it stands in the metadata: what held when it was opened."""
    return {
        "retry": {
            "attempts": job.attempts if attempts is None else attempts,
            "backoff": gettext_noop("exponential with full jitter"),
            "baseSeconds": job.backoff.total_seconds(),
            "longestSeconds": job.longest_backoff.total_seconds(),
        }
    }


def wait_after(*, attempt: int, base: timedelta, longest: timedelta) -> timedelta:
    """A random wait of 0 to min(longest, base · 2^(attempt − 1)).

    Full jitter (Brooker, *Exponential Backoff And Jitter*, AWS Architecture Blog, 2015): hotels
    that failed together do not come back together.
    """
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = attempt
    wait = wait_random_exponential(
        multiplier=base.total_seconds(), max=longest.total_seconds(), exp_base=2
    )
    return timedelta(seconds=wait(state))


def open_next(execution: JobExecution) -> JobExecution | None:
    """The next attempt after a failure, to wait out its backoff; None when there is none left."""
    terms = execution.metadata.get("retry")
    if terms is None or execution.attempt >= terms["attempts"]:
        return None
    cancelled = JobExecution.objects.filter(pk=execution.pk, cancel_requested_at__isnull=False)
    if cancelled.exists():
        return None  # a person called it off before it failed
    wait = wait_after(
        attempt=execution.attempt,
        base=timedelta(seconds=terms["baseSeconds"]),
        longest=timedelta(seconds=terms["longestSeconds"]),
    )
    at = timezone.now()
    return _create_next(execution, run_id=execution.run_id, not_before=at + wait, at=at)


@transaction.atomic
def retry(*, execution: JobExecution, by: AbstractBaseUser, via: Via = Via.ADMIN) -> JobExecution:
    """Another attempt now, because `by` asks: PENDING, linked to the first, not yet worked.

    One that waits for its backoff is brought forward. The audit trail is told of the attempt that
    was retried. Raises NotRetryable.
    """
    at = timezone.now()
    attempt = _asked_for(execution, by=by, at=at)
    note = f"attempt {attempt.attempt}: execution {attempt.pk}"
    audit.record(by=by, verb=JobVerb.RETRY, row=execution, via=via, note=note, now=at)
    return attempt


def _asked_for(execution: JobExecution, *, by: AbstractBaseUser, at: datetime) -> JobExecution:
    first_id = execution.first_attempt_id or execution.pk
    # The first attempt is the lock of its chain: two people who ask at once get one attempt.
    JobExecution.objects.select_for_update(of=("self",)).get(pk=first_id)
    newest = (
        JobExecution.objects.filter(pk=first_id)
        | JobExecution.objects.filter(first_attempt=first_id)
    ).latest("attempt")
    if newest.status in (Status.COMPLETED, Status.RUNNING):
        words = gettext("There is nothing to retry: attempt %(number)s was completed.")
        if newest.status == Status.RUNNING:
            words = gettext("There is nothing to retry: attempt %(number)s is running.")
        raise NotRetryable(words % {"number": newest.attempt})
    if newest.status == Status.PENDING and newest.not_before is None:
        raise NotRetryable(
            gettext("There is nothing to retry: attempt %(number)s is waiting.")
            % {"number": newest.attempt}
        )
    run = JobRun.objects.create(
        job_name=newest.job_name,
        trigger=Trigger.RETRY,
        scheduled_for=newest.scheduled_for,
        requested_by_id=by.pk,
        requested_by_name=by.get_username(),
        created_at=at,
    )
    if newest.status == Status.PENDING:
        newest.run, newest.not_before, newest.updated_at = run, None, at
        newest.save(update_fields=["run", "not_before", "updated_at"])
        return newest
    try:
        with transaction.atomic():
            return _create_next(newest, run_id=run.pk, not_before=None, at=at)
    except IntegrityError:
        # A catch-up by hand opens attempts, too.
        raise NotRetryable(
            gettext("Somebody else opened another attempt at this moment.")
        ) from None


def _create_next(
    execution: JobExecution, *, run_id: int, not_before: datetime | None, at: datetime
) -> JobExecution:
    return JobExecution.objects.create(
        run_id=run_id,
        hotel_id=execution.hotel_id,
        job_name=execution.job_name,
        trigger=Trigger.RETRY,
        scheduled_for=execution.scheduled_for,
        as_of=execution.as_of,
        attempt=execution.attempt + 1,
        first_attempt_id=execution.first_attempt_id or execution.pk,
        not_before=not_before,
        metadata={"retry": execution.metadata["retry"]} if "retry" in execution.metadata else {},
        created_at=at,
        updated_at=at,
    )
