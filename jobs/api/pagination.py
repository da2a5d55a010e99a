"""Pages of executions: their total from stored counts, and deep pages without reading the rest."""

from dataclasses import replace
from typing import Any

from rest_framework.request import Request

from hotels.http.pagination import CursorPagination
from jobs import counts
from jobs.counts import Selection
from jobs.models import JobExecution


class ExecutionPagination(CursorPagination):
    """Newest first, by `offset` or `cursor`; both cost the same however deep the page lies."""

    def select(
        self, selection: Selection, *, request: Request, view: Any, unused: tuple[str, ...]
    ) -> list[JobExecution]:
        """The executions of the requested page, without the columns `unused`.

        Raises ValidationError for a wrong limit, offset or cursor.
        """
        self.key = view.page_key
        self.read(request)
        self.total = counts.count(selection)
        # One row more than the page: it shows whether there is a next page.
        found = counts.page(
            replace(selection, before=self.cursor),
            offset=self.offset,
            size=self.limit + 1,
            total=self.total,
        )
        rows = list(found.select_related("hotel", "run").defer(*unused))
        self.next_cursor = str(rows[self.limit - 1].pk) if len(rows) > self.limit else None
        return rows[: self.limit]
