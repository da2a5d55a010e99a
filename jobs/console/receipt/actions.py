"""Actions on the page of an execution: retry and cancel."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hotels.audit import Via
from hotels.console.base import ConsolePage
from hotels.roles import Action
from jobs import dispatch, runner
from jobs.models import JobExecution, Status
from jobs.roles import RUN_JOBS
from jobs.runner import NotCancellable, NotRetryable


class ExecutionActionPage(ConsolePage):
    """Base of the actions: POST only, then redirects to the page of an execution."""

    http_method_names = ("post",)

    def execution(self) -> JobExecution:
        """Return the execution.

        Raises Http404 for another hotel's execution, PermissionDenied if the user may only see it.
        """
        rows = self.access.narrow(JobExecution.objects.all(), action=Action.SEE)
        row = rows.filter(pk=self.kwargs["pk"]).select_related("hotel", "run").first()
        if row is None:
            raise Http404
        if not self.may(RUN_JOBS, row.hotel):
            raise PermissionDenied
        return row


class RetryPage(ExecutionActionPage):
    """Start another attempt in the background."""

    def post(self, request: HttpRequest, **kwargs: int) -> HttpResponse:
        """Redirect to the page of the new attempt, which shows its progress."""
        row = self.execution()
        try:
            attempt, _outcome = dispatch.retry_now(
                execution=row, by=self.user, via=Via.ADMIN, wait=False
            )
        except NotRetryable as error:
            messages.error(request, str(error))
            return redirect_to_receipt(row)
        return redirect_to_receipt(attempt)


class CancelPage(ExecutionActionPage):
    """Cancel an execution: at once if it is waiting, at its next checkpoint if it is running."""

    def post(self, request: HttpRequest, **kwargs: int) -> HttpResponse:
        """Redirect back to the page of the execution."""
        row = self.execution()
        try:
            after = runner.cancel(execution=row, by=self.user)
        except NotCancellable as error:
            messages.error(request, str(error))
        else:
            if after.status == Status.SKIPPED:
                messages.success(request, _("Execution cancelled."))
            else:
                messages.success(request, _("Stopping at the next safe point."))
        return redirect_to_receipt(row)


def redirect_to_receipt(execution: JobExecution) -> HttpResponse:
    """Redirect to the page of an execution."""
    return redirect("admin:jobs_jobexecution_change", execution.pk)
