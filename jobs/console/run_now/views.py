"""Run now: choose hotels, see what would be done, confirm, and watch it end."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs import dispatch
from jobs.console.run_now.previews import preview_hotels
from jobs.console.run_now.selection import InvalidSelection, JobPage
from jobs.dispatch import RunRequest
from jobs.models import JobExecution, JobRun, Trigger


class ChoosePage(JobPage):
    """For which hotels."""

    template_name = "jobs/console/run_now/choose.html"
    title = gettext_lazy("Run now")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The hotels, with the person's own ticked."""
        ticked = {hotel.pk for hotel in self.preselected()}
        return super().get_context_data(job=self.job, hotels=self.hotels, ticked=ticked, **kwargs)


class PreviewPage(JobPage):
    """What it would do; POST, because choosing many hotels makes a long address."""

    http_method_names = ("get", "post")
    template_name = "jobs/console/run_now/preview.html"
    title = gettext_lazy("Preview")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """To the choice of hotels: so whoever logs in again comes back to what can be shown."""
        return redirect("jobs:run-now", job_name=self.job.name)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Nothing is written; the form to confirm carries a new key."""
        try:
            hotels = self.chosen(request)
        except InvalidSelection as error:
            messages.error(request, str(error))
            return redirect("jobs:run-now", job_name=self.job.name)
        previews = preview_hotels(job=self.job, hotels=hotels, now=self.now)
        return self.render_to_response(
            self.get_context_data(job=self.job, chosen=hotels, previews=previews, key=uuid4())
        )


class StartPage(JobPage):
    """The confirmation."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Open the run and begin it, once however often it is sent; then show it."""
        try:
            hotels, key = self.chosen(request), UUID(request.POST.get("key", ""))
        except (InvalidSelection, ValueError) as error:
            words = (
                str(error) if isinstance(error, InvalidSelection) else _("Look at it once more.")
            )
            messages.error(request, words)
            return redirect("jobs:run-now", job_name=self.job.name)
        run, new = dispatch.open_run_once(request=self._run_request(request, key), hotels=hotels)
        if not self._same(run, request):
            messages.error(request, _("Look at it once more."))
            return redirect("jobs:run-now", job_name=self.job.name)
        if new:
            begin_run(run)
        return redirect("jobs:run", pk=run.pk)

    def _run_request(self, request: HttpRequest, key: UUID) -> RunRequest:
        return RunRequest(
            job=self.job,
            now=self.now,
            trigger=Trigger.ADMIN,
            requested_by=self.person,
            request_key=key,
        )

    def _same(self, run: JobRun, request: HttpRequest) -> bool:
        """A key names one confirmation of one person."""
        return run.requested_by_id == request.user.pk and run.job_name == self.job.name


def begin_run(run: JobRun) -> None:
    """Work the run's executions; a hotel in which the job was started meanwhile is left out."""
    rows = JobExecution.objects.pending().filter(run=run).select_related("hotel", "run")
    dispatch.start(executions=list(rows), requested_at=run.created_at)
