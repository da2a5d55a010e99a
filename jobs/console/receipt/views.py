"""Receipt: result, times, changes and attempts of one execution."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.http import Http404
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hotels import formats
from hotels.roles import Action
from jobs import registry, runner
from jobs.alerts.access import alerts_of
from jobs.badges import execution_badge, is_delayed, is_open
from jobs.console.live_page import LivePage
from jobs.console.receipt import result_view
from jobs.models import Alert, AlertPart, ExecutionLog, JobExecution, Status
from jobs.roles import RUN_JOBS
from jobs.runner import lateness

POLL_INTERVAL = timedelta(milliseconds=1500)
POLL_INTERVAL_DELAYED = timedelta(seconds=15)


class ReceiptPage(LivePage):
    """Page of one execution; polls until it has ended. Read-only."""

    template_name = "jobs/console/receipt/receipt.html"
    fragment_name = "jobs/console/receipt/fragment.html"
    title = gettext_lazy("Job execution")
    http_method_names = ("get", "head")

    @cached_property
    def execution(self) -> JobExecution:
        """Execution of the URL. Raises Http404 if it belongs to another hotel."""
        rows = self.access.narrow(JobExecution.objects.all(), action=Action.SEE)
        row = rows.filter(pk=self.kwargs["pk"]).select_related("hotel", "run").first()
        if row is None:
            raise Http404
        return row

    @cached_property
    def attempts(self) -> list[JobExecution]:
        """All attempts of this execution, in order."""
        first = self.execution.first_attempt_id or self.execution.pk
        rows = JobExecution.objects.defer("result", "effects", "traceback")
        return [rows.get(pk=first), *rows.filter(first_attempt=first).order_by("attempt")]

    def version(self) -> str:
        """Return the last change of this attempt and of the latest one."""
        newest = self.attempts[-1]
        return f"{self.execution.updated_at} {newest.pk} {newest.updated_at}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the execution, its result, its attempts and the allowed actions."""
        row, newest = self.execution, self.attempts[-1]
        may_run = self.may(RUN_JOBS, row.hotel)
        pages = result_view.pages_for(row, access=self.access)
        return super().get_context_data(
            execution=row,
            hotel=row.hotel,
            job_title=registry.title_of(row.job_name),
            state=execution_badge(row),
            figures=result_view.figures(row),
            tables=result_view.tables(row, pages=pages),
            changes=result_view.changed_objects(row),
            attention=result_view.attention_lines(row, pages=pages),
            late_by=lateness(due=row.scheduled_for, started_at=row.started_at),
            retry_policy=_retry_policy(row),
            retry_at=newest.as_of if newest.has_chosen_time else self.now,
            retry_at_chosen_time=newest.has_chosen_time,
            attempt_text=_attempt_text(row),
            skip_reason=_skip_reason(row),
            attempts=[(each, execution_badge(each)) for each in self.attempts],
            result_json=_json(row.result),
            metadata_json=_json(row.full_metadata),
            may_retry=may_run and runner.is_retryable(newest),
            may_cancel=may_run and is_open(row),
            alerts=self._alerts(),
            log=self._log(),
            poll=self._poll(newest),
            **kwargs,
        )

    def _log(self) -> str:
        """Return what was logged while it ran. It can name other hotels: for superusers only."""
        if not self.access.everywhere:
            return ""
        stored = ExecutionLog.objects.filter(pk=self.execution.pk)
        return stored.values_list("text", flat=True).first() or ""

    def _alerts(self) -> list[Alert]:
        """Return the alerts that this execution opened or joined, of those the user may see."""
        if not self.access.somewhere(action=Action.CONFIGURE):
            return []
        parts = AlertPart.objects.filter(execution_id=self.execution.pk)
        found = alerts_of(user=self.user, access=self.access).filter(
            pk__in=parts.values("alert_id")
        )
        return list(found.select_related("rule").order_by("pk"))

    def _poll(self, newest: JobExecution) -> int:
        """Return the milliseconds until the next poll; 0 if the execution has ended."""
        if not (is_open(self.execution) or is_open(newest)):
            return 0
        delayed = is_delayed(newest, now=self.now)
        interval = POLL_INTERVAL_DELAYED if delayed else POLL_INTERVAL
        return round(interval.total_seconds() * 1000)


def _skip_reason(execution: JobExecution) -> str:
    """Return the label of the skip reason; empty if the summary starts with it anyway."""
    label = str(capfirst(execution.get_skip_reason_display()))
    return "" if execution.words.casefold().startswith(label.casefold()) else label


def _retry_policy(execution: JobExecution) -> str:
    """Return the retry policy of an execution that failed or waits; empty for others."""
    if execution.status not in (Status.FAILED, Status.PENDING):
        return ""
    policy = execution.metadata.get("retry")
    if policy and execution.attempt > policy["attempts"]:
        return _("none left")
    return retry_policy_text(policy)


def _attempt_text(execution: JobExecution) -> str:
    """Return `2`, or `4, started by a user after the 3 automatic ones`."""
    policy, attempt = execution.metadata.get("retry"), formats.number(execution.attempt)
    if not policy or execution.attempt <= policy["attempts"]:
        return attempt
    text = ngettext(
        "%(attempt)s, started by a user after the %(count)d automatic one",
        "%(attempt)s, started by a user after the %(count)d automatic ones",
        policy["attempts"],
    )
    return text % {"attempt": attempt, "count": policy["attempts"]}


def retry_policy_text(policy: Mapping[str, Any] | None) -> str:
    """Return `up to 3 attempts, 30 s to 15 min apart`; empty without a policy."""
    if policy is None:
        return ""
    if policy["attempts"] == 1:
        return _("none")
    return _("up to %(attempts)s attempts, %(shortest)s to %(longest)s apart") % {
        "attempts": formats.number(policy["attempts"]),
        "shortest": _span(policy["baseSeconds"]),
        "longest": _span(policy["longestSeconds"]),
    }


def _span(seconds: float) -> str:
    """Return `30 s` or `15 min`."""
    minutes, rest = divmod(seconds, 60)
    if minutes and not rest:
        return formats.minutes(round(minutes))
    return formats.format_duration(timedelta(seconds=seconds))


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)
