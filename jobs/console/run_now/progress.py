"""Progress of a run: number of finished hotels, and a row for each."""

import json
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Count, Max, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from hotels.roles import Action
from jobs import registry
from jobs.badges import execution_badge
from jobs.console.live_page import LivePage
from jobs.models import JobExecution, JobExecutionQuerySet, JobRun, Status

PAGE_SIZE = 200


class ProgressPage(LivePage):
    """A run in the user's hotels; for a single hotel redirects to its execution once finished."""

    template_name = "jobs/console/run_now/progress.html"
    fragment_name = "jobs/console/run_now/progress_fragment.html"
    title = gettext_lazy("Run progress")

    @property
    def rows(self) -> JobExecutionQuerySet:
        """Executions of the run in the user's hotels."""
        # By primary key, so that Django returns no rows for a number beyond its range.
        of_run = JobExecution.objects.filter(run__pk=self.kwargs["pk"])
        visible: Any = self.access.narrow(of_run, action=Action.SEE)
        return visible  # type: ignore[no-any-return]

    @cached_property
    def counts(self) -> dict[str, tuple[int, datetime]]:
        """Number of executions and time of the last change, by status."""
        statuses = self.rows.order_by().values_list("status")
        found = {
            status: (n, at)
            for status, n, at in statuses.annotate(Count("pk"), Max("updated_at")).order_by(
                "status"
            )
        }
        if not found:
            raise Http404  # none of the user's hotels is in the run
        return found

    def version(self) -> str:
        """Return the counts by status with their last changes."""
        return repr(self.counts)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page, or a redirect to the execution of a finished run for one hotel."""
        if "all" not in request.GET and self._total() == 1 and not self._open():
            return _redirect_to_receipt(request, self.rows.get())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the counts and a page of rows."""
        run = JobRun.objects.get(pk=self.kwargs["pk"])
        total, finished = self._total(), self._total() - self._open()
        page = Paginator(self._ranked(), PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            run=run,
            job_title=registry.title_of(run.job_name),
            total=total,
            finished=finished,
            percent_finished=round(100 * finished / total),
            failed=self.counts.get(Status.FAILED, (0, None))[0],
            with_problems=self._with_problems(),
            is_open=finished < total,
            rows=[(row, execution_badge(row)) for row in page],
            page=page,
            **kwargs,
        )

    def _with_problems(self) -> int:
        return self.rows.with_problems().count() if Status.COMPLETED in self.counts else 0

    def _ranked(self) -> JobExecutionQuerySet:
        """Return the executions: failed ones first, then those with problems, then the others."""
        ranks = [
            When(status=Status.FAILED, then=-2),
            When(status=Status.COMPLETED, problems__gt=0, then=-1),
            *(When(status=status, then=rank) for rank, status in enumerate(_ORDER)),
        ]
        rows = self.rows.select_related("hotel").defer("result", "effects", "traceback")
        return rows.order_by(Case(*ranks), "hotel__name", "pk")

    def _total(self) -> int:
        return sum(n for n, _at in self.counts.values())

    def _open(self) -> int:
        return sum(self.counts[status][0] for status in _OPEN if status in self.counts)


_OPEN = (Status.PENDING, Status.RUNNING)
_ORDER = (Status.RUNNING, Status.PENDING, Status.SKIPPED, Status.COMPLETED)


def _redirect_to_receipt(request: HttpRequest, execution: JobExecution) -> HttpResponse:
    target = reverse("admin:jobs_jobexecution_change", args=[execution.pk])
    if request.headers.get("HX-Request") == "true":
        # Replaced in the history: Back would return to the progress, which leads here again.
        return HttpResponse(headers={"HX-Trigger": json.dumps({"replacePage": {"url": target}})})
    return redirect(target)
