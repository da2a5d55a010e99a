"""Action items from each job's last executions: failures, problems, results to look at."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from django.db.models.fields.json import KeyTransform
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotels import formats
from hotels.console.action_items import ActionItem
from jobs import registry
from jobs.base import Job
from jobs.console.home.job_status import JobStatus
from jobs.models import JobExecution, Status
from jobs.result_fields import ResultField


def job_action_items(standing: Mapping[str, Sequence[JobStatus]]) -> list[ActionItem]:
    """The action items: failures, problems, then the tables that need attention, a query each."""
    everywhere = [each for of_job in standing.values() for each in of_job]
    tables = (item for of_job in standing.values() for item in _attention_tables(of_job))
    return [*_failures(everywhere), *_problems(everywhere), *tables]


def _failures(standing: Iterable[JobStatus]) -> Iterable[ActionItem]:
    for each in standing:
        if each.newest is not None and each.status == Status.FAILED:
            yield ActionItem(
                hotel=each.hotel,
                icon="error",
                make_text=partial(_failed_text, each.job),
                make_url=partial(_receipt, each.newest.pk),
            )


def _problems(standing: Iterable[JobStatus]) -> Iterable[ActionItem]:
    for each in standing:
        if each.newest is not None and each.problems:
            yield ActionItem(
                hotel=each.hotel,
                icon="warning",
                make_text=partial(_problems_text, each.job, each.problems),
                make_url=partial(_receipt, each.newest.pk),
            )


def _attention_tables(statuses: Sequence[JobStatus]) -> Iterable[ActionItem]:
    """An item for each table of the last results that declares `attention`.

    It counts the rows of the table, and the problems if the table `counts_problems`. The rows of a
    failed execution were rolled back, so it is included only for its problems.
    """
    newest = {each.newest.pk: each for each in statuses if each.newest is not None}
    completed = [pk for pk, each in newest.items() if each.status == Status.COMPLETED]
    failed = [
        pk
        for pk, each in newest.items()
        if each.status == Status.FAILED and each.newest is not None and each.newest.problems
    ]
    if not completed and not failed:
        return
    for key, declared in registry.result_fields_of(statuses[0].job.name).items():
        if not declared.attention:
            continue
        shown = completed + failed if declared.counts_problems else completed
        columns = ("pk", KeyTransform(key, "result"), "problems")
        rows = JobExecution.objects.filter(pk__in=shown).order_by("pk")
        for pk, objects, problems in rows.values_list(*columns):
            if not isinstance(objects, list):
                continue
            if count := len(objects) + (problems if declared.counts_problems else 0):
                yield ActionItem(
                    hotel=newest[pk].hotel,
                    icon="assignment_late",
                    make_text=partial(_table_text, declared, count),
                    make_url=partial(_receipt, pk),
                )


def _failed_text(job: Job) -> str:
    return _("%(job)s failed") % {"job": job.title}


def _problems_text(job: Job, problems: int) -> str:
    text = ngettext("%(job)s: %(count)s problem", "%(job)s: %(count)s problems", problems)
    return text % {"job": job.title, "count": formats.number(problems)}


def _table_text(table: ResultField, count: int) -> str:
    return str(table.attention % {"count": count})


def _receipt(pk: int) -> str:
    return reverse("admin:jobs_jobexecution_change", args=[pk])
