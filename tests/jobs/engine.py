"""Executions, schedules and beats for the tests of the engine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.utils import timezone

from hotels.models import Hotel
from jobs import registry, runner
from jobs.base import Job, JobContext, JobResult
from jobs.models import JobExecution, JobRun, JobSchedule, Trigger
from tests.jobs import fakes

LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


@contextmanager
def only_job(
    service: Callable[[JobContext], JobResult] = fakes.greet, **more: Any
) -> Iterator[Job]:
    """Within the block the registry holds one job, `greet-guests`, due daily at 04:00 UTC."""
    job = replace(fakes.make_job(service), **more)
    with mock.patch.dict(registry._jobs, {job.name: job}, clear=True):
        yield job


def waiting(hotel: Hotel, **columns: Any) -> JobExecution:
    """A PENDING execution of `greet-guests`, as a command opens it."""
    at = timezone.now()
    run = columns.pop("run", None) or JobRun.objects.create(
        job_name="greet-guests", trigger=Trigger.COMMAND, created_at=at
    )
    defaults: dict[str, Any] = {
        "job_name": "greet-guests",
        "trigger": Trigger.COMMAND,
        "as_of": at,
        "created_at": at,
        "updated_at": at,
    }
    return JobExecution.objects.create(run=run, hotel=hotel, **defaults | columns)


def of_slot(hotel: Hotel, slot: datetime, **columns: Any) -> JobExecution:
    """A PENDING execution of a slot, with the job's terms of retrying."""
    terms = runner.retry_policy(job=fakes.make_job(fakes.greet))
    return waiting(
        hotel, **{"scheduled_for": slot, "trigger": Trigger.CRON, "metadata": terms} | columns
    )


def claimed(execution: JobExecution, **terms: Any) -> JobExecution:
    """The execution as its worker holds it."""
    job = fakes.make_job(fakes.greet)
    row = runner.claim(execution=execution, job=job, **terms)
    assert row is not None
    return row


def lapse(execution: JobExecution) -> None:
    """Let the lease of an execution run out."""
    JobExecution.objects.filter(pk=execution.pk).update(
        lease_expires_at=timezone.now() - timedelta(seconds=1)
    )


def own_schedule(hotel: Hotel, expression: str = "0 4 * * *", **columns: Any) -> JobSchedule:
    """A hotel's own schedule of `greet-guests`, in the hotel's time, as of long ago."""
    defaults: dict[str, Any] = {
        "job_name": "greet-guests",
        "counts_from": LONG_AGO,
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
    }
    return JobSchedule.objects.create(hotel=hotel, expression=expression, **defaults | columns)
