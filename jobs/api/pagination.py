"""Pages of executions: their total from stored counts, and deep pages without reading the rest."""

from typing import Any

from rest_framework.request import Request

from hotels.http.pagination import CursorPagination
from jobs import counts
from jobs.api.listing import listed
from jobs.counts import Selection


class ExecutionPagination(CursorPagination):
    """Newest first, by `offset` or `cursor`; both cost the same however deep the page lies."""

    def select(self, selection: Selection, *, request: Request, view: Any) -> list[dict[str, Any]]:
        """The members of the executions of the requested page.

        Raises ValidationError for a wrong limit, offset or cursor.
        """
        self.key = view.page_key
        self.read(request)
        # One row more than the page: it shows whether there is a next page.
        self.total, found = counts.total_and_page(
            selection, before=self.cursor, offset=self.offset, size=self.limit + 1
        )
        rows = listed(found)
        self.next_cursor = str(rows[self.limit - 1]["id"]) if len(rows) > self.limit else None
        return rows[: self.limit]
