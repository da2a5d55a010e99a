"""List actions of executions: retry and cancel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from hotels import formats
from hotels.admin.base import ReadOnlyAdmin
from hotels.admin.bounded_lists import COUNTED
from hotels.audit import Via
from hotels.http.access import request_access
from jobs import dispatch, runner
from jobs.models import JobExecution, Status
from jobs.roles import RUN_JOBS
from jobs.runner import NotCancellable

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Result = tuple["_StrOrPromise", int]  # what became of an execution, and the level of the message
Decision = Callable[[Sequence[JobExecution], Any], list[Result]]
TOO_MANY = _(
    "These are more executions than the pages show. Choose fewer, for example by the filters."
)
# More are counted by their text.
MESSAGES_SHOWN = 20


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
        """Decide on the selected executions; on all pages together they may be far too many."""
        rows = list(queryset.select_related("hotel", "run")[: COUNTED + 1])
        if len(rows) > COUNTED:
            self.message_user(request, TOO_MANY, messages.ERROR)
            return
        access = request_access(request)
        allowed = [row for row in rows if access.may(action=RUN_JOBS, hotel_id=row.hotel_id)]
        decided = dict(zip((row.pk for row in allowed), decide(allowed, request.user), strict=True))
        results = [(row, *decided.get(row.pk, _refused(row))) for row in rows]
        if len(results) <= MESSAGES_SHOWN:
            for row, text, level in results:
                self.message_user(request, f"{row}: {text}", level)
            return
        counts = Counter((str(text), level) for _row, text, level in results)
        for (text, level), count in counts.most_common(MESSAGES_SHOWN):
            self.message_user(request, _counted(count, text), level)


def _refused(row: JobExecution) -> Result:
    return _("your role in %(hotel)s does not allow this.") % {"hotel": row.hotel}, messages.ERROR


def _counted(count: int, text: str) -> str:
    return ngettext("%(count)s execution: %(text)s", "%(count)s executions: %(text)s", count) % {
        "count": formats.number(count),
        "text": text,
    }


def _retry(rows: Sequence[JobExecution], user: Any) -> list[Result]:
    results = dispatch.retry_several(executions=rows, by=user, via=Via.ADMIN)
    return [
        (_("attempt %(number)d started.") % {"number": result.attempt}, messages.SUCCESS)
        if isinstance(result, JobExecution)
        else (str(result), messages.ERROR)
        for result in results
    ]


def _cancel(rows: Sequence[JobExecution], user: Any) -> list[Result]:
    return [_cancel_one(row, user) for row in rows]


def _cancel_one(row: JobExecution, user: Any) -> Result:
    try:
        after = runner.cancel(execution=row, by=user)
    except NotCancellable as error:
        return str(error), messages.ERROR
    if after.status == Status.SKIPPED:
        return _("cancelled."), messages.SUCCESS
    return _("stopping at the next safe point."), messages.SUCCESS
