"""One run, as it goes on: how many hotels are done, and each of them."""

from collections import Counter
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from hotels.roles import Action
from jobs import registry
from jobs.console.fragments import LivePage
from jobs.console.states import is_open, state_of
from jobs.models import JobExecution, JobRun, Status

SHOWN = 500


class ProgressPage(LivePage):
    """The person's hotels of a run; of one hotel the receipt, once it has ended."""

    template_name = "console/run.html"
    fragment_name = "console/run_fragment.html"
    title = gettext_lazy("Run")

    @cached_property
    def run(self) -> JobRun:
        """The run; one without a hotel of the person's is not there."""
        run = JobRun.objects.filter(pk=self.kwargs["pk"]).first()
        if run is None or not self.executions:
            raise Http404
        return run

    @cached_property
    def executions(self) -> list[JobExecution]:
        """The person's part of it, what needs looking at first."""
        rows = self.access.narrow(JobExecution.objects.all(), action=Action.SEE)
        of_run = rows.filter(run=self.kwargs["pk"]).select_related("hotel")
        return sorted(
            of_run.defer("result", "effects", "traceback"),
            key=lambda row: (_ORDER[Status(row.status)], row.hotel.name),
        )

    def version(self) -> str:
        """The newest change, and how many stand where."""
        newest = max(row.updated_at for row in self.executions) if self.executions else None
        return f"{self.kwargs['pk']} {newest} {self._counts()}"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A run for one hotel ends on its receipt."""
        self.run  # noqa: B018  a 404 for whoever has no part in it
        ended = len(self.executions) == 1 and not is_open(self.executions[0])
        if ended and "all" not in request.GET:
            return _to_receipt(request, self.executions[0])
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Counts, and a line for each hotel."""
        counts = self._counts()
        ended = sum(n for status, n in counts.items() if status not in _OPEN)
        return super().get_context_data(
            run=self.run,
            job=registry.get(self.run.job_name),
            counts=counts,
            total=len(self.executions),
            ended=ended,
            part=round(100 * ended / len(self.executions)),
            failed=counts[Status.FAILED],
            is_open=ended < len(self.executions),
            lines=[(row, state_of(row)) for row in self.executions[:SHOWN]],
            more=max(len(self.executions) - SHOWN, 0),
            **kwargs,
        )

    def _counts(self) -> Counter[str]:
        return Counter(row.status for row in self.executions)


_OPEN = (Status.PENDING, Status.RUNNING)
_ORDER = {
    Status.FAILED: 0,
    Status.RUNNING: 1,
    Status.PENDING: 2,
    Status.SKIPPED: 3,
    Status.COMPLETED: 4,
}


def _to_receipt(request: HttpRequest, execution: JobExecution) -> HttpResponse:
    target = reverse("admin:jobs_jobexecution_change", args=[execution.pk])
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": target})
    return redirect(target)
