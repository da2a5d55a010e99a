"""Default schedules that a new version of the code changed: which slots were due under which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from jobs import registry
from jobs.base import Job
from jobs.models import DefaultSchedule
from jobs.scheduling.effective import later_start
from jobs.scheduling.misfires import GRACE


@dataclass(frozen=True, kw_only=True)
class DefaultSpan:
    """A period (after, until] in which the slots of `expression` were due by default."""

    job: Job
    expression: str
    after: datetime
    until: datetime


def recorded_defaults() -> dict[str, DefaultSchedule]:
    """The recorded schedules by job name."""
    return {row.job_name: row for row in DefaultSchedule.objects.all()}


def default_spans(
    *,
    jobs: Iterable[Job],
    recorded: Mapping[str, DefaultSchedule],
    since: datetime,
    now: datetime,
    clock: datetime,
    to_the_end: bool,
) -> list[DefaultSpan]:
    """The periods to look at after a look until `since`; a job without one is left out.

    They begin a grace period before `since` and end one before `now`, as crontab lines run these
    slots; a period under a schedule that is changing lasts until `now`, and with `to_the_end` all
    do. `clock` is the present time. A changed schedule, or a new job, has no slots until it is
    recorded.
    """
    spans = []
    for job in jobs:
        row = recorded.get(job.name)
        if row is None and recorded:
            continue  # a new job
        expression = job.schedule if row is None else row.expression
        is_last_look = to_the_end or expression != job.schedule
        counts_from = None if row is None else row.counts_from
        spans.append(
            DefaultSpan(
                job=job,
                expression=expression,
                after=later_start(counts_from, after=since - GRACE, now=clock),
                until=now if is_last_look else now - GRACE,
            )
        )
    return spans


def is_recorded(job: Job, recorded: Mapping[str, DefaultSchedule]) -> bool:
    """True if the recorded schedule of a job is the one that the code declares."""
    row = recorded.get(job.name)
    return row is not None and row.expression == job.schedule


def record_default_schedules(*, now: datetime) -> None:
    """Record the schedules that the code declares; changed ones apply to slots after `now`.

    The slots until `now` must have been opened, and the lock of all ticks be held.
    """
    recorded = recorded_defaults()
    DefaultSchedule.objects.bulk_create(
        [
            DefaultSchedule(
                job_name=job.name, expression=job.schedule, counts_from=now if recorded else None
            )
            for job in sorted(registry.all_jobs(), key=lambda job: job.name)
            if not is_recorded(job, recorded)
        ],
        update_conflicts=True,
        unique_fields=["job_name"],
        update_fields=["expression", "counts_from"],
    )
