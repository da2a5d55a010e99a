"""Timeline page, /admin/timeline/."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from hotels.models import Hotel
from jobs.console.filters import JobsPage
from jobs.console.timeline import drawing
from jobs.console.timeline.slots import Span, active_within, read_slots

PAGE_SIZE = 50


@dataclass(frozen=True, kw_only=True)
class HotelRows:
    """Rows of a hotel: job titles with their cells."""

    hotel: Hotel
    jobs: list[tuple[str, SafeString]]


class TimelinePage(JobsPage):
    """State of each scheduled run: hotels and jobs down, time across."""

    title = _("Timeline")
    only_active = False
    template_name = "jobs/console/timeline/timeline.html"

    def _page(self, span: Span) -> Page[Hotel]:
        """Hotels that match the search by name, paginated.

        Of those that are not active, only the chosen one and those active in the period.
        """
        term = self.request.GET.get("q", "").strip().casefold()
        hotels = [hotel for hotel in self.selected_hotels if term in hotel.name.casefold()]
        if self.hotel is None:
            hotels = active_within(span, hotels=hotels)
        return Paginator(hotels, PAGE_SIZE).get_page(self.request.GET.get("page"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the rows of the page's hotels, the axis and the legend."""
        hours = self.number("hours", allowed=(24, 168))
        columns = drawing.Columns.of(hours=hours, now=self.now)
        page = self._page(columns.span)
        slots = read_slots(hotels=list(page), jobs=self.jobs, span=columns.span)
        draw = drawing.Drawing(columns)
        rows = [
            HotelRows(
                hotel=hotel,
                jobs=[
                    (
                        str(job.title),
                        draw.row(hotel=hotel, job=job, slots=slots[hotel.pk, job.name]),
                    )
                    for job in self.jobs
                    if (hotel.pk, job.name) in slots
                ],
            )
            for hotel in page
        ]
        states = Counter(slot.state for of_job in slots.values() for slot in of_job)
        return super().get_context_data(
            hours=hours,
            page=page,
            rows=rows,
            has_slots=bool(slots),
            axis=drawing.axis(columns),
            summary=drawing.summary(states),
            legend=drawing.legend(),
            search=self.request.GET.get("q", ""),
            **kwargs,
        )
