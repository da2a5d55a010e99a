"""What a person decides about one execution, on its receipt: another attempt, or an end to it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hotels.console.base import ConsolePage
from hotels.roles import Action
from jobs import dispatch, runner
from jobs.models import JobExecution, Status
from jobs.roles import RUN_JOBS
from jobs.runner import NotCancellable, NotRetryable


class DecidePage(ConsolePage):
    """POST only; leads back to a receipt."""

    http_method_names = ("post",)

    def execution(self) -> JobExecution:
        """The execution: not there for others, refused to who only sees it."""
        rows = self.access.narrow(JobExecution.objects.all(), action=Action.SEE)
        row = rows.filter(pk=self.kwargs["pk"]).select_related("hotel", "run").first()
        if row is None:
            raise Http404
        if not self.may(RUN_JOBS, row.hotel):
            raise PermissionDenied
        return row


class RetryPage(DecidePage):
    """Another attempt, worked in the background."""

    def post(self, request: HttpRequest, **kwargs: int) -> HttpResponse:
        """Go to the receipt of the new attempt, where it is seen to end."""
        row = self.execution()
        try:
            attempt = runner.retry(execution=row, by=self.person)
        except NotRetryable as error:
            messages.error(request, str(error))
            return receipt_of(row)
        dispatch.begin(executions=[attempt])
        return receipt_of(attempt)


class CancelPage(DecidePage):
    """What waits ends at once, what runs at its next checkpoint."""

    def post(self, request: HttpRequest, **kwargs: int) -> HttpResponse:
        """Back to the receipt."""
        row = self.execution()
        try:
            after = runner.cancel(execution=row, by=self.person)
        except NotCancellable as error:
            messages.error(request, str(error))
        else:
            if after.status == Status.SKIPPED:
                messages.success(request, _("It is cancelled."))
            else:
                messages.success(request, _("It is asked to stop at its next checkpoint."))
        return receipt_of(row)


def receipt_of(execution: JobExecution) -> HttpResponse:
    """The way to a receipt."""
    return redirect("admin:jobs_jobexecution_change", execution.pk)
