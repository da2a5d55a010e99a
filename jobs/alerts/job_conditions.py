"""Conditions about jobs: failed, problems, late, slow."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotels import formats
from jobs.alerts.causes import cause_of, group_of_failure
from jobs.alerts.facts import HISTORY, JobFacts, LatestExecution
from jobs.alerts.machine import Finding
from jobs.models import AlertRule, JobExecution, SkipReason, Status
from jobs.statistics.latest import Key

# A missed slot is news for so long.
MISSED_FOR = timedelta(hours=24)
# Jobs faster than this are never slow, and a percentile of fewer runs says nothing.
SLOW_AT_LEAST = timedelta(seconds=5)
RUNS_AT_LEAST = 20


def failures(rule: AlertRule, facts: JobFacts) -> Iterator[Finding]:
    """Jobs whose last runs failed, `rule.times` in a row, and that are not being retried."""
    for key, run in facts.last_runs.items():
        if run.status != Status.FAILED or facts.is_retried(key):
            continue
        if rule.times > 1 and facts.failures_in_a_row[key] < rule.times:
            continue
        yield Finding(
            group=group_of_failure(run.job_name, run.error),
            hotel_id=run.hotel_id,
            job_name=run.job_name,
            cause=cause_of(run.error),
            detail=cause_of(run.error),
            execution_id=run.pk,
        )


def problems(rule: AlertRule, facts: JobFacts) -> Iterator[Finding]:
    """Jobs whose last run completed with problems."""
    for run in facts.last_runs.values():
        if run.completed_with_problems:
            text = ngettext("%(count)s problem", "%(count)s problems", run.problems)
            yield Finding(
                group=run.job_name,
                hotel_id=run.hotel_id,
                job_name=run.job_name,
                detail=text % {"count": formats.number(run.problems)},
                execution_id=run.pk,
            )


def late(rule: AlertRule, facts: JobFacts) -> Iterator[Finding]:
    """Jobs whose latest slot was missed, waits too long, or has no execution; also the first."""
    limit = facts.now - timedelta(minutes=rule.minutes)
    for key, newest in facts.newest.items():
        if not facts.is_on(key):
            continue
        detail = _lateness(newest, slot=facts.last_slot(key), limit=limit, now=facts.now)
        if detail:
            yield Finding(
                group=newest.job_name,
                hotel_id=newest.hotel_id,
                job_name=newest.job_name,
                detail=detail,
                execution_id=newest.pk,
            )

    for key in facts.never_run:
        slot = facts.last_slot(key)
        if slot is not None and slot <= limit:
            yield Finding(group=key[1], hotel_id=key[0], job_name=key[1], detail=_not_started(slot))


def _not_started(slot: datetime) -> str:
    return _("It was due at %(when)s and was not started.") % {"when": formats.in_utc(slot)}


def _lateness(
    newest: LatestExecution, *, slot: datetime | None, limit: datetime, now: datetime
) -> str:
    """A sentence about what is late; empty if nothing is."""
    ended = newest.completed_at
    missed = newest.status == Status.SKIPPED and newest.skip_reason == SkipReason.MISSED
    if missed and ended is not None and now - ended < MISSED_FOR:
        return _("A run was missed.")
    if newest.status == Status.PENDING and newest.waits_since <= limit:
        return _("It has waited since %(when)s.") % {"when": formats.in_utc(newest.waits_since)}
    if slot is not None and newest.created_at < slot <= limit:
        return _not_started(slot)
    return ""


def slow(rule: AlertRule, facts: JobFacts) -> Iterator[Finding]:
    """Jobs whose last run took more than `rule.factor` times the 95th percentile of its runs."""
    suspects: dict[Key, tuple[LatestExecution, timedelta]] = {
        key: (run, run.duration)
        for key, run in facts.last_runs.items()
        if run.status == Status.COMPLETED and run.duration and run.duration >= SLOW_AT_LEAST
    }
    usual = _percentiles([run for run, _took in suspects.values()], now=facts.now)
    for key, (run, took) in suspects.items():
        if key in usual and took > usual[key] * float(rule.factor):
            yield slow_finding(run.pk, key, took=took, usual=usual[key])


def slow_finding(pk: int, key: Key, *, took: timedelta, usual: timedelta) -> Finding:
    """The finding of one slow run."""
    words = _("It took %(took)s; 95%% of its runs take at most %(usual)s.")
    detail = words % {
        "took": formats.format_duration(took),
        "usual": formats.format_duration(usual),
    }
    return Finding(group=key[1], hotel_id=key[0], job_name=key[1], detail=detail, execution_id=pk)


def _percentiles(runs: Sequence[LatestExecution], *, now: datetime) -> Mapping[Key, timedelta]:
    """The 95th percentiles of the runs before each of these, in one query."""
    if not runs:
        return {}
    suspects = {(run.hotel_id, run.job_name): run.pk for run in runs}
    rows = JobExecution.objects.filter(
        status=Status.COMPLETED,
        hotel_id__in={run.hotel_id for run in runs},
        job_name__in={run.job_name for run in runs},
        completed_at__gt=now - HISTORY,
        started_at__isnull=False,
    )
    columns = ("pk", "hotel_id", "job_name", "started_at", "completed_at")
    took: dict[Key, list[timedelta]] = {}
    for pk, hotel_id, name, started, completed in rows.order_by().values_list(*columns):
        key = (hotel_id, name)
        if key in suspects and pk != suspects[key]:
            took.setdefault(key, []).append(completed - started)
    return {key: percentile_95(found) for key, found in took.items() if len(found) >= RUNS_AT_LEAST}


def percentile_95(values: Iterable[timedelta]) -> timedelta:
    """Return the 95th percentile by the nearest rank; raises IndexError without values."""
    ordered = sorted(values)
    return ordered[-(-len(ordered) * 95 // 100) - 1]
