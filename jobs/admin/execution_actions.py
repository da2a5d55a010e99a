"""What a person may decide about an execution: try it again, call it off."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from hotels.admin.base import ReadOnlyAdmin
from hotels.http.access import request_access
from hotels.roles import Action
from jobs import dispatch, runner
from jobs.dispatch import Work
from jobs.models import JobExecution, Status
from jobs.runner import NotCancellable, NotRetryable

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Decide = Callable[[JobExecution, Any], tuple["_StrOrPromise", int]]


class DecidingAdmin(ReadOnlyAdmin):
    """Actions for those who may run the hotel's jobs; each execution is asked by itself."""

    actions = ("retry", "cancel")

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Whether the person may run jobs in some hotel; each execution is asked again."""
        return self.allows(request, Action.RUN_JOBS)

    @admin.action(description=_("Retry now"), permissions=["run"])
    def retry(self, request: HttpRequest, queryset: Any) -> None:
        """Another attempt at what failed or was skipped, worked at once."""
        self._decide(request, queryset, _retry)

    @admin.action(description=_("Cancel"), permissions=["run"])
    def cancel(self, request: HttpRequest, queryset: Any) -> None:
        """Call off what waits or runs."""
        self._decide(request, queryset, _cancel)

    def _decide(self, request: HttpRequest, queryset: Any, decide: Decide) -> None:
        for row in queryset.select_related("hotel", "run"):
            if not request_access(request).may(action=Action.RUN_JOBS, hotel_id=row.hotel_id):
                words: _StrOrPromise = _("your role in %(hotel)s does not allow it.") % {
                    "hotel": row.hotel
                }
                level = messages.ERROR
            else:
                words, level = decide(row, request.user)
            self.message_user(request, f"{row}: {words}", level)


def _retry(row: JobExecution, user: Any) -> tuple[_StrOrPromise, int]:
    try:
        attempt = runner.retry(execution=row, by=user)
    except NotRetryable as error:
        return str(error), messages.ERROR
    (outcome,) = dispatch.work(executions=[attempt], how=Work(now=timezone.now()))
    level = messages.SUCCESS if outcome.status == Status.COMPLETED else messages.WARNING
    words = format_lazy(
        _("attempt {number} {status}: {words}"),
        number=attempt.attempt,
        status=Status(outcome.status).label,
        words=outcome.words,
    )
    return words, level


def _cancel(row: JobExecution, user: Any) -> tuple[_StrOrPromise, int]:
    try:
        after = runner.cancel(execution=row, by=user)
    except NotCancellable as error:
        return str(error), messages.ERROR
    if after.status == Status.SKIPPED:
        return _("cancelled."), messages.SUCCESS
    return _("asked to stop at its next checkpoint."), messages.SUCCESS
