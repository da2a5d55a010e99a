"""Pages about jobs of one hotel or of all of a person's, of one job or of all."""

from datetime import date
from functools import cached_property
from typing import Any

from django.http import Http404

from hotels.console.base import HotelsPage
from hotels.models import Hotel
from hotels.roles import Access, Action
from jobs import registry
from jobs.base import Job
from jobs.statistics import Scope


class JobsPage(HotelsPage):
    """`?hotel=code` and `?job=name` narrow; without them it is about all the person may see."""

    @cached_property
    def job(self) -> Job | None:
        """The job chosen; None for all. An unknown one is a 404."""
        name = self.request.GET.get("job")
        if not name:
            return None
        try:
            return registry.get(name)
        except registry.UnknownJob:
            raise Http404 from None

    @property
    def jobs(self) -> list[Job]:
        """Those the page is about, by name."""
        return [self.job] if self.job else list(registry.all_jobs())

    def number(self, name: str, *, allowed: tuple[int, ...]) -> int:
        """A number of the query string; the first of those allowed for anything else."""
        text = self.request.GET.get(name, "")
        return next((number for number in allowed if str(number) == text), allowed[0])

    def day(self, name: str) -> date | None:
        """A date of the query string; None without one. What is no date is a 404."""
        text = self.request.GET.get(name)
        if not text:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise Http404 from None
        if not 1970 <= day.year <= 2200:  # a day more is none of Python's
            raise Http404
        return day

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what is chosen, and what there is to choose from."""
        return super().get_context_data(
            job=self.job,
            all_jobs=registry.all_jobs(),
            **kwargs,
        )


def scope_of(access: Access) -> Scope:
    """Whose figures a person sees: those of all hotels together, or of the ones they belong to."""
    every = set(Hotel.objects.values_list("pk", flat=True))
    own = every if access.everywhere else access.hotel_ids(action=Action.SEE)
    return Scope.of_all(hotel_ids=every) if own >= every else Scope.of_some(hotel_ids=own)
