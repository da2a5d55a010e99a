"""The receipt of an execution: what it did, for whom, why, and what may be done about it."""

import json
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy

from hotels.roles import Action
from jobs import registry
from jobs.console.badges import execution_badge, is_open, waits_long
from jobs.console.live_page import LivePage
from jobs.console.receipt import result_view
from jobs.models import JobExecution, Status
from jobs.roles import RUN_JOBS

SOON = timedelta(milliseconds=1500)
LATER = timedelta(seconds=15)


class ReceiptPage(LivePage):
    """One execution, live until it has ended. Nobody changes it."""

    template_name = "jobs/console/receipt/receipt.html"
    fragment_name = "jobs/console/receipt/fragment.html"
    title = gettext_lazy("Receipt")
    http_method_names = ("get", "head")

    @cached_property
    def execution(self) -> JobExecution:
        """The execution; another hotel's is not there."""
        rows = self.access.narrow(JobExecution.objects.all(), action=Action.SEE)
        row = rows.filter(pk=self.kwargs["pk"]).select_related("hotel", "run").first()
        if row is None:
            raise Http404
        return row

    @cached_property
    def attempts(self) -> list[JobExecution]:
        """All attempts at the same work, the first one first."""
        first = self.execution.first_attempt_id or self.execution.pk
        rows = JobExecution.objects.defer("result", "effects", "traceback")
        return [rows.get(pk=first), *rows.filter(first_attempt=first).order_by("attempt")]

    def version(self) -> str:
        """Of this attempt and the newest."""
        newest = self.attempts[-1]
        return f"{self.execution.updated_at} {newest.pk} {newest.updated_at}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """All a receipt tells."""
        row, newest = self.execution, self.attempts[-1]
        mine = self.may(RUN_JOBS, row.hotel)
        return super().get_context_data(
            execution=row,
            hotel=row.hotel,
            job_title=registry.title_of(row.job_name),
            state=execution_badge(row),
            figures=result_view.figures(row),
            tables=result_view.tables(row),
            changes=result_view.changed_objects(row),
            attention=row.metadata.get("attention", ()),
            retry_terms=row.metadata.get("retry"),
            attempts=[(each, execution_badge(each)) for each in self.attempts],
            result_json=_json(row.result),
            may_retry=mine and _retryable(newest),
            may_cancel=mine and is_open(row),
            poll=self._poll(newest),
            **kwargs,
        )

    def _poll(self, newest: JobExecution) -> int:
        """Milliseconds until the page asks again; 0: it has ended."""
        if not (is_open(self.execution) or is_open(newest)):
            return 0
        wait = LATER if waits_long(newest, now=self.now) else SOON
        return round(wait.total_seconds() * 1000)


def _retryable(newest: JobExecution) -> bool:
    waits = newest.status == Status.PENDING and newest.not_before is not None
    return waits or newest.status in (Status.FAILED, Status.SKIPPED)


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)
