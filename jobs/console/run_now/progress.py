"""One run, as it goes on: how many hotels are done, and each of them."""

from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, Max, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from hotels.roles import Action
from jobs import registry
from jobs.console.badges import execution_badge
from jobs.console.live_page import LivePage
from jobs.models import JobExecution, JobExecutionQuerySet, JobRun, Status

SHOWN = 200


class ProgressPage(LivePage):
    """The person's hotels of a run; of one hotel the receipt, once it has ended."""

    template_name = "jobs/console/run_now/progress.html"
    fragment_name = "jobs/console/run_now/progress_fragment.html"
    title = gettext_lazy("Run")

    @property
    def rows(self) -> JobExecutionQuerySet:
        """The person's part of the run."""
        # Over the key itself: Django then knows that a number beyond it is nobody's.
        of_run = JobExecution.objects.filter(run__pk=self.kwargs["pk"])
        narrowed: Any = self.access.narrow(of_run, action=Action.SEE)
        return narrowed  # type: ignore[no-any-return]

    @cached_property
    def moving(self) -> dict[str, tuple[int, datetime]]:
        """By status, how many there are, and the newest change among them."""
        counts = self.rows.order_by().values_list("status")
        found = {
            status: (n, at)
            for status, n, at in counts.annotate(Count("pk"), Max("updated_at")).order_by("status")
        }
        if not found:
            raise Http404  # a run without a hotel of the person's is not there
        return found

    def version(self) -> str:
        """How many stand where, and the newest change."""
        return repr(self.moving)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A run for one hotel ends on its receipt."""
        if "all" not in request.GET and self._total() == 1 and not self._open():
            return _to_receipt(request, self.rows.get())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Counts, and a line for each hotel."""
        run = JobRun.objects.get(pk=self.kwargs["pk"])
        total, ended = self._total(), self._total() - self._open()
        return super().get_context_data(
            run=run,
            job_title=registry.title_of(run.job_name),
            total=total,
            ended=ended,
            part=round(100 * ended / total),
            failed=self.moving.get(Status.FAILED, (0, None))[0],
            is_open=ended < total,
            lines=[(row, execution_badge(row)) for row in self._lines()],
            more=max(total - SHOWN, 0),
            **kwargs,
        )

    def _lines(self) -> list[JobExecution]:
        """The first of them, what needs looking at before the rest."""
        places = [When(status=status, then=place) for place, status in enumerate(_ORDER)]
        rows = self.rows.select_related("hotel").defer("result", "effects", "traceback")
        return list(rows.order_by(Case(*places), "hotel__name", "pk")[:SHOWN])

    def _total(self) -> int:
        return sum(n for n, _at in self.moving.values())

    def _open(self) -> int:
        return sum(self.moving[status][0] for status in _OPEN if status in self.moving)


_OPEN = (Status.PENDING, Status.RUNNING)
_ORDER = (Status.FAILED, Status.RUNNING, Status.PENDING, Status.SKIPPED, Status.COMPLETED)


def _to_receipt(request: HttpRequest, execution: JobExecution) -> HttpResponse:
    target = reverse("admin:jobs_jobexecution_change", args=[execution.pk])
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": target})
    return redirect(target)
