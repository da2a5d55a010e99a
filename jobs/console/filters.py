"""Base page with filters by hotel, job, number and date in the query string."""

from datetime import date
from functools import cached_property
from typing import Any

from django.http import Http404

from hotels.console.base import HotelsPage
from hotels.models import Hotel
from hotels.parsing import parse_date
from hotels.roles import Access, Action
from jobs import registry
from jobs.base import Job
from jobs.statistics import Scope


class JobsPage(HotelsPage):
    """Page that can be filtered by `?hotel=code` and `?job=name`; shows everything without them."""

    @cached_property
    def job(self) -> Job | None:
        """Selected job; None for all. Raises Http404 for an unknown job."""
        name = self.request.GET.get("job")
        if not name:
            return None
        try:
            return registry.get(name)
        except registry.UnknownJob:
            raise Http404 from None

    @property
    def jobs(self) -> list[Job]:
        """Jobs shown on the page, by name."""
        return [self.job] if self.job else list(registry.all_jobs())

    def number(self, name: str, *, allowed: tuple[int, ...]) -> int:
        """Return a number from the query string; the first allowed one if it is not allowed."""
        text = self.request.GET.get(name, "")
        return next((number for number in allowed if str(number) == text), allowed[0])

    def day(self, name: str) -> date | None:
        """Return a date from the query string; None if there is none. Raises Http404 if invalid."""
        text = self.request.GET.get(name)
        if not text:
            return None
        day = parse_date(text)
        if day is None:
            raise Http404
        return day

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the selected job and all jobs."""
        return super().get_context_data(
            job=self.job,
            all_jobs=registry.all_jobs(),
            **kwargs,
        )


def scope_of(access: Access) -> Scope:
    """Return the scope of the statistics a user sees: all hotels, or only their own."""
    all_ids = set(Hotel.objects.values_list("pk", flat=True))
    own = all_ids if access.everywhere else access.hotel_ids(action=Action.SEE)
    return Scope.of_all(hotel_ids=all_ids) if own >= all_ids else Scope.of_some(hotel_ids=own)
