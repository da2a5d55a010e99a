"""Action items from each job's last executions: failures, problems, results to look at."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hotels import formats
from hotels.action_items import ActionItem, ItemKind
from hotels.models.literal import KeyList
from jobs import registry
from jobs.alerts.alert_items import FAILED, PROBLEMS
from jobs.base import Job
from jobs.console.home.clock import HomeClock
from jobs.console.home.failures import cause_of, next_attempt, receipt_url
from jobs.console.home.job_status import JobStatus
from jobs.models import JobExecution, Status
from jobs.result_fields import ResultField

SUBJECT_LENGTH = 120
RETRIED = ItemKind(key="retried", label=gettext_lazy("Failed, retried"), icon="update")
RESULTS = ItemKind(key="results", label=gettext_lazy("Results to check"), icon="assignment_late")


def job_action_items(
    standing: Mapping[str, Sequence[JobStatus]], *, clock: HomeClock
) -> list[ActionItem]:
    """The action items: failures, problems, then the tables that need attention, a query each.

    They are those of each job's last run, also while its next attempt or slot waits or is running.
    """
    everywhere = [each for of_job in standing.values() for each in of_job]
    tables = (item for of_job in standing.values() for item in _attention_tables(of_job))
    return [*_failures(everywhere, clock), *_problems(everywhere), *tables]


def _failures(standing: Iterable[JobStatus], clock: HomeClock) -> Iterable[ActionItem]:
    for each in standing:
        run = each.run_to_review
        if run is not None and run.status == Status.FAILED:
            retried = each.is_retried
            yield ActionItem(
                hotel=each.hotel,
                kind=RETRIED if retried else FAILED,
                make_text=partial(_retried_text, each, clock)
                if retried
                else partial(_failed_text, each.job),
                make_url=partial(receipt_url, run.pk),
                detail=cause_of(run),
                subject=each.job.name,
                # A failure for good is new each time. Attempts that are retried are one item.
                keys=(str((retried and run.first_attempt_id) or run.pk),),
            )


def _problems(standing: Iterable[JobStatus]) -> Iterable[ActionItem]:
    for each in standing:
        run = each.run_to_review
        if run is not None and run.completed_with_problems:
            yield ActionItem(
                hotel=each.hotel,
                kind=PROBLEMS,
                make_text=partial(_problems_text, each.job, run.problems),
                make_url=partial(receipt_url, run.pk),
                subject=each.job.name,
                keys=(str(run.pk),),
            )


def _attention_tables(statuses: Sequence[JobStatus]) -> Iterable[ActionItem]:
    """An item for each table of the last results that declares `attention`.

    It counts the rows of the table, and the problems if the table `counts_problems`. The rows of a
    failed execution were rolled back, so it is included only for its problems.
    """
    runs = [(each.run_to_review, each.hotel) for each in statuses]
    hotels = {run.pk: hotel for run, hotel in runs if run is not None}
    completed = [run.pk for run, _ in runs if run and run.status == Status.COMPLETED]
    failed = [run.pk for run, _ in runs if run and run.status == Status.FAILED and run.problems]
    if not completed and not failed:
        return
    for key, declared in registry.result_fields_of(statuses[0].job.name).items():
        if not declared.attention:
            continue
        shown = completed + failed if declared.counts_problems else completed
        columns = ("pk", KeyTransform(key, "result"), "problems")
        rows = JobExecution.objects.filter(pk__in=KeyList(shown)).order_by("pk")
        for pk, objects, problems in rows.values_list(*columns):
            if not isinstance(objects, list):
                continue
            counted = problems if declared.counts_problems else 0
            if count := len(objects) + counted:
                yield ActionItem(
                    hotel=hotels[pk],
                    kind=RESULTS,
                    make_text=partial(_table_text, declared, count),
                    make_url=partial(receipt_url, pk),
                    subject=f"{statuses[0].job.name}:{key}"[:SUBJECT_LENGTH],
                    # Which objects had problems is not stored: those of each run are new.
                    keys=[*_row_keys(objects), *([f"problems of {pk}"] if counted else [])],
                )


def _row_keys(rows: Sequence[Any]) -> Iterable[str]:
    """Return a key for each row of a table: a digest of its values, and its number among equals.

    So an object that is listed for another reason, or with other amounts, is a new one.
    """
    seen: Counter[str] = Counter()
    for row in rows:
        digest = sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:20]
        seen[digest] += 1
        yield f"{digest}#{seen[digest]}"


def _failed_text(job: Job) -> str:
    return _("%(job)s failed") % {"job": job.title}


def _retried_text(status: JobStatus, clock: HomeClock) -> str:
    words = _("%(job)s failed. %(next)s")
    return words % {"job": status.job.title, "next": next_attempt(status.newest, clock=clock)}


def _problems_text(job: Job, problems: int) -> str:
    text = ngettext("%(job)s: %(count)s problem", "%(job)s: %(count)s problems", problems)
    return text % {"job": job.title, "count": formats.number(problems)}


def _table_text(table: ResultField, count: int) -> str:
    return str(table.attention % {"count": count})
