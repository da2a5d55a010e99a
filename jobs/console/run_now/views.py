"""Pages to choose hotels, preview a job and start it."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy

from hotels.models import Hotel
from jobs import dispatch, queue
from jobs.console.run_now.previews import (
    Previews,
    find_request,
    preview_hotels,
    stored_previews,
    waits_for_others,
)
from jobs.console.run_now.selection import InvalidSelection, JobPage
from jobs.dispatch import RunRequest
from jobs.models import JobExecution, JobRun, Trigger

WAITING = "jobs/console/run_now/preview_waiting.html"
WAITING_FRAGMENT = "jobs/console/run_now/preview_waiting_fragment.html"
_CHECK_AGAIN = gettext_lazy("Please check the preview again, then confirm.")


class ChoosePage(JobPage):
    """Choice of hotels."""

    template_name = "jobs/console/run_now/choose.html"
    title = gettext_lazy("Run now")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the hotels and the ids of the preselected ones."""
        selected = {hotel.pk for hotel in self.preselected()}
        return super().get_context_data(
            job=self.job, hotels=self.hotels, selected=selected, **kwargs
        )


class PreviewPage(JobPage):
    """Preview of the changes; POST redirects here, so that Back and Reload send no form again."""

    http_method_names = ("get", "post")
    template_name = "jobs/console/run_now/preview.html"
    title = gettext_lazy("Preview")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Preview without changing anything; the confirmation form carries a new key.

        Without hotels redirects to their choice. Several hotels are previewed by a worker of the
        queue, if there is one: then the page waits, and is reloaded when the previews are made.
        """
        hotels = self.in_query()
        if not hotels:
            return redirect("jobs:run-now", job_name=self.job.name)
        if "made" in request.GET:
            return self._made_by_worker(hotels)
        if len(hotels) > 1 and queue.is_attended():
            asked = dispatch.request_previews(
                job=self.job, hotels=hotels, by=self.user, now=self.now
            )
            url = self.url_of("jobs:run-preview", hotels=hotels)
            return redirect(f"{url}&made={asked.public_id}")
        return self._show(hotels, preview_hotels(job=self.job, hotels=hotels, now=self.now))

    def _made_by_worker(self, hotels: list[Hotel]) -> HttpResponse:
        """The previews that a worker made; until then a page that waits.

        If they are unknown or too old, or no worker is left, they are made again: but not while the
        user waits for others, as two pages would take turns in giving up each other's.
        """
        asked = find_request(self.request.GET["made"], job=self.job, hotels=hotels, by=self.user)
        is_polled = self.request.headers.get("HX-Request") == "true"
        if asked is not None and asked.finished_at is None and queue.is_attended():
            dispatch.ask_again_if_lost(request=asked, now=self.now)
            self.template_name = WAITING_FRAGMENT if is_polled else WAITING
            return self._render(hotels, asked=asked)
        if is_polled:
            return HttpResponse(headers={"HX-Refresh": "true"})
        again = self.url_of("jobs:run-preview", hotels=hotels)
        if asked is None and waits_for_others(by=self.user):
            self.template_name = WAITING
            return self._render(hotels, again_url=again)
        if asked is None or asked.finished_at is None:
            return redirect(again)
        previews = stored_previews(request=asked, hotels=hotels)
        return self._show(hotels, previews, again_url=again)

    def _show(self, hotels: list[Hotel], previews: Previews, **context: Any) -> HttpResponse:
        return self._render(hotels, previews=previews, key=uuid4(), **context)

    def _render(self, hotels: list[Hotel], **context: Any) -> HttpResponse:
        choose_url = self.url_of("jobs:run-now", hotels=hotels)
        return self.render_to_response(
            self.get_context_data(job=self.job, selected=hotels, choose_url=choose_url, **context)
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Redirect to the preview of the posted hotels."""
        try:
            hotels = self.chosen(request)
        except InvalidSelection as error:
            messages.error(request, str(error))
            return self.redirect_to("jobs:run-now", hotels=())
        return self.redirect_to("jobs:run-preview", hotels=hotels)


class StartPage(JobPage):
    """Start of a confirmed run."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Start the run once, even if the form is sent twice, and redirect to its progress.

        With a key that is invalid or belongs to another run, preview the same hotels again.
        """
        try:
            hotels = self.chosen(request)
        except InvalidSelection as error:
            messages.error(request, str(error))
            return self.redirect_to("jobs:run-now", hotels=())
        try:
            key = UUID(request.POST.get("key", ""))
        except ValueError:
            return self._preview_again(hotels)
        opening = dispatch.open_run_once(request=self._run_request(request, key), hotels=hotels)
        if not self._is_own(opening.run, request):
            return self._preview_again(hotels)
        if opening.is_new and not opening.handed_out:
            begin_run(opening.run)
        return redirect("jobs:run", pk=opening.run.pk)

    def _preview_again(self, hotels: list[Hotel]) -> HttpResponse:
        messages.error(self.request, _CHECK_AGAIN)
        return self.redirect_to("jobs:run-preview", hotels=hotels)

    def _run_request(self, request: HttpRequest, key: UUID) -> RunRequest:
        return RunRequest(
            job=self.job,
            now=self.now,
            trigger=Trigger.ADMIN,
            requested_by=self.user,
            request_key=key,
        )

    def _is_own(self, run: JobRun, request: HttpRequest) -> bool:
        """Return whether the key belongs to a confirmation of this job by this user."""
        return run.requested_by_id == request.user.pk and run.job_name == self.job.name


def begin_run(run: JobRun) -> None:
    """Start the pending executions; hotels where the job is already running were skipped."""
    rows = JobExecution.objects.pending().filter(run=run).select_related("hotel", "run")
    dispatch.start(executions=list(rows))
