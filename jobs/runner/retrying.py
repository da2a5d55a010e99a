"""The next attempt at an execution: automatic after a failure, or on a user's request.

An execution that completed with problems is retried on request only: what it did is committed, and
the job's next slot selects the objects that are left (domain rule 0, catch-up safe).
"""

import random
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from hotels import audit
from hotels.audit import Via
from hotels.deadlocks import repeated_on_deadlock
from jobs import registry
from jobs.audit_verbs import JobVerb
from jobs.base import Job
from jobs.models import JobExecution, JobRun, Status, Trigger
from jobs.registry import UnknownJob
from jobs.runner.effective_time import EffectiveTimeRefused, check_effective_time
from jobs.runner.records import new_run, next_attempt


class NotRetryable(Exception):
    """The execution cannot be retried; the message is one sentence for the user."""


def retry_policy(*, job: Job, attempts: int | None = None) -> dict[str, Any]:
    """The metadata of a new execution that say how it is retried.

    Stored with the execution, so that a later change of the job or the hotel's schedule does not
    change it. `attempts` overrides the job's own number. After an interruption `alone` is added.
    """
    return {
        "retry": {
            "attempts": job.attempts if attempts is None else attempts,
            "backoff": gettext_noop("exponential with full jitter"),
            "baseSeconds": job.backoff.total_seconds(),
            "longestSeconds": job.longest_backoff.total_seconds(),
        }
    }


def backoff(*, attempt: int, base: timedelta, longest: timedelta) -> timedelta:
    """A random wait between 0 and min(longest, base · 2^(attempt − 1)).

    Full jitter (Brooker, *Exponential Backoff And Jitter*, AWS Architecture Blog, 2015): hotels
    that failed together do not retry together.
    """
    # 2^30 times any base is beyond every limit; a larger power would overflow.
    ceiling = min(longest.total_seconds(), base.total_seconds() * 2 ** min(attempt - 1, 30))
    return timedelta(seconds=random.uniform(0, ceiling))  # noqa: S311  spreads load, guards nothing


def open_next_attempt(execution: JobExecution, *, interrupted: bool = False) -> JobExecution | None:
    """Store the next attempt after a failure, waiting for its backoff; None if none remains.

    `interrupted` says that the worker died or hung: see `_after_interruption`.
    """
    policy = execution.metadata.get("retry")
    if policy is not None and interrupted:
        policy = _after_interruption(policy)
    if policy is None or execution.attempt >= policy["attempts"]:
        return None
    cancelled = JobExecution.objects.filter(pk=execution.pk, cancel_requested_at__isnull=False)
    if cancelled.exists():
        return None
    at = timezone.now()
    wait = backoff(
        attempt=execution.attempt,
        base=timedelta(seconds=policy["baseSeconds"]),
        longest=timedelta(seconds=policy["longestSeconds"]),
    )
    attempt = next_attempt(
        previous=execution, run_id=execution.run_id, policy=policy, not_before=at + wait, at=at
    )
    attempt.save(force_insert=True)
    return attempt


def _after_interruption(policy: dict[str, Any]) -> dict[str, Any]:
    """The policy after a worker died: the attempt does not count, and the next ones run alone.

    Any of the hotels in progress may have killed the worker. The guilty one will do it again when
    nothing else is in progress, and then it counts; the others lose nothing.
    """
    if policy.get("alone"):
        return policy
    return policy | {"attempts": policy["attempts"] + 1, "alone": True}


@repeated_on_deadlock
@transaction.atomic
def retry(
    *,
    execution: JobExecution,
    by: AbstractBaseUser,
    via: Via = Via.ADMIN,
    worker: int | None = None,
) -> JobExecution:
    """Store another attempt that may start at once, and record the request in the audit trail.

    An attempt that is waiting for its backoff is brought forward instead. `worker` is the key of
    the worker lock the attempt is handed out under. Returns the PENDING attempt;
    `jobs.dispatch.retry_now` also works it. Raises NotRetryable when the newest attempt completed
    without problems, is running, or is waiting for a worker.
    """
    at = timezone.now()
    attempt = _requested_attempt(execution, by=by, worker=worker, at=at)
    note = f"attempt {attempt.attempt}: execution {attempt.pk}"
    audit.record(by=by, verb=JobVerb.RETRY, row=execution, via=via, note=note, now=at)
    return attempt


def _requested_attempt(
    execution: JobExecution, *, by: AbstractBaseUser, worker: int | None, at: datetime
) -> JobExecution:
    newest = _locked_newest(execution)
    _check_retryable(newest)
    _check_effective_time(newest, at=at)
    run = new_run(
        job_name=newest.job_name,
        trigger=Trigger.RETRY,
        slot=newest.scheduled_for,
        requested_by=by,
        worker=worker,
        at=at,
    )
    run.save(force_insert=True)
    if newest.status == Status.PENDING:
        return _brought_forward(newest, run=run, at=at)
    policy = newest.metadata.get("retry")
    attempt = next_attempt(previous=newest, run_id=run.pk, policy=policy, at=at)
    try:
        with transaction.atomic():
            attempt.save(force_insert=True)
    except IntegrityError:
        # `catch_up` opens attempts without the lock of the chain.
        raise NotRetryable(gettext("Another attempt was started at the same moment.")) from None
    return attempt


def _locked_newest(execution: JobExecution) -> JobExecution:
    """The newest attempt of the chain. Its first attempt is the lock: two requests at once get
    one attempt.
    """
    first_id = execution.first_attempt_id or execution.pk
    JobExecution.objects.locked().get(pk=first_id)
    chain = JobExecution.objects.filter(pk=first_id) | JobExecution.objects.filter(
        first_attempt=first_id
    )
    return chain.latest("attempt")


def is_retryable(newest: JobExecution) -> bool:
    """True if a user may retry the slot or request of this execution, its newest attempt."""
    return not _reason_not_to_retry(newest)


def _check_retryable(newest: JobExecution) -> None:
    if reason := _reason_not_to_retry(newest):
        raise NotRetryable(reason)


def _reason_not_to_retry(newest: JobExecution) -> str:
    if newest.status == Status.COMPLETED and not newest.completed_with_problems:
        text = gettext("Nothing to retry: attempt %(number)s is completed.")
    elif newest.status == Status.RUNNING:
        text = gettext("Nothing to retry: attempt %(number)s is running.")
    elif newest.status == Status.PENDING and newest.not_before is None:
        text = gettext("Nothing to retry: attempt %(number)s is about to start.")
    else:
        return ""
    return text % {"number": newest.attempt}


def _check_effective_time(newest: JobExecution, *, at: datetime) -> None:
    """Refuse an effective time that a user chose, and that a real run may not have."""
    if not newest.has_chosen_time:
        return
    try:
        job = registry.get(newest.job_name)
        check_effective_time(jobs=[job], hotels=[newest.hotel], at=newest.as_of, now=at)
    except UnknownJob:
        return  # nothing runs it; its outcome will say so
    except EffectiveTimeRefused as refused:
        raise NotRetryable(gettext("Nothing to retry: %(reason)s") % {"reason": refused}) from None


def _brought_forward(newest: JobExecution, *, run: JobRun, at: datetime) -> JobExecution:
    newest.run, newest.not_before, newest.updated_at = run, None, at
    newest.save(update_fields=["run", "not_before", "updated_at"])
    return newest
