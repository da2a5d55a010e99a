"""Filter of the list of executions by the days of their creation."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from hotels.admin.bounded_lists import DaysFilter
from jobs.counts import Selection, key_limits
from jobs.models import ExecutionCounter


class CreationFilter(DaysFilter):
    """Filter by the days of creation, with the limits of their keys."""

    @property
    def period(self) -> tuple[datetime | None, datetime | None]:
        """The instants from which and before which executions were created, in UTC."""
        first, last = self._day("from"), self._day("to")
        since: Any = first and self._start_of(first)
        until: Any = last and self._start_of(last + timedelta(days=1))
        return since, until

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the executions created on these days; invalid dates are ignored."""
        rows = super().queryset(request, queryset)
        since, until = self.period
        if since is None and until is None:
            return rows
        chosen = Selection(since=since, until=until)
        return rows.filter(key_limits(chosen, counter=ExecutionCounter.read()))
