"""Pages of tables that only grow."""

from typing import TYPE_CHECKING, Any

from django.core import paginator
from django.utils.functional import cached_property

if TYPE_CHECKING:
    Paginator = paginator.Paginator[Any]
else:
    Paginator = paginator.Paginator

COUNTED = 10_000


class BoundedPaginator(Paginator):
    """Counts no further than 10,000: what lies beyond is found with filters, not page by page."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, at most `COUNTED`."""
        rows: Any = self.object_list
        return int(rows[:COUNTED].count())
