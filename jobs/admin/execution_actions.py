"""List actions of executions: retry and cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from hotels.admin.base import ReadOnlyAdmin
from hotels.audit import Via
from hotels.http.access import request_access
from jobs import dispatch, runner
from jobs.models import JobExecution, Status
from jobs.roles import RUN_JOBS
from jobs.runner import NotCancellable, NotRetryable

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Decision = Callable[[JobExecution, Any], tuple["_StrOrPromise", int]]


class ExecutionActionsAdmin(ReadOnlyAdmin):
    """Actions for users who may run jobs; the right is checked for each execution's hotel."""

    actions = ("retry", "cancel")

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may run jobs in some hotel."""
        return self.allows(request, RUN_JOBS)

    @admin.action(description=_("Retry now"), permissions=["run"])
    def retry(self, request: HttpRequest, queryset: Any) -> None:
        """Retry executions that failed, were skipped or had problems, and report the results."""
        self._decide(request, queryset, _retry)

    @admin.action(description=_("Cancel"), permissions=["run"])
    def cancel(self, request: HttpRequest, queryset: Any) -> None:
        """Cancel waiting and running executions."""
        self._decide(request, queryset, _cancel)

    def _decide(self, request: HttpRequest, queryset: Any, decide: Decision) -> None:
        for row in queryset.select_related("hotel", "run"):
            if not request_access(request).may(action=RUN_JOBS, hotel_id=row.hotel_id):
                text: _StrOrPromise = _("your role in %(hotel)s does not allow this.") % {
                    "hotel": row.hotel
                }
                level = messages.ERROR
            else:
                text, level = decide(row, request.user)
            self.message_user(request, f"{row}: {text}", level)


def _retry(row: JobExecution, user: Any) -> tuple[_StrOrPromise, int]:
    try:
        attempt, _outcome = dispatch.retry_now(execution=row, by=user, via=Via.ADMIN, wait=False)
    except NotRetryable as error:
        return str(error), messages.ERROR
    return _("attempt %(number)d started.") % {"number": attempt.attempt}, messages.SUCCESS


def _cancel(row: JobExecution, user: Any) -> tuple[_StrOrPromise, int]:
    try:
        after = runner.cancel(execution=row, by=user)
    except NotCancellable as error:
        return str(error), messages.ERROR
    if after.status == Status.SKIPPED:
        return _("cancelled."), messages.SUCCESS
    return _("stopping at the next safe point."), messages.SUCCESS
