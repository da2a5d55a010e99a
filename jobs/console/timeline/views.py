"""/admin/timeline/"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from hotels.models import Hotel
from jobs.console.filters import JobsPage
from jobs.console.timeline import drawing
from jobs.console.timeline.slots import read_slots

A_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A hotel's rows: job titles with their cells."""

    hotel: Hotel
    jobs: list[tuple[str, SafeString]]


class TimelinePage(JobsPage):
    """What became of each slot: hotels and jobs down, time across."""

    title = _("Timeline")
    template_name = "jobs/console/timeline/timeline.html"

    @property
    def page(self) -> Page[Hotel]:
        """The hotels of the page: those named as searched for, fifty at once."""
        sought = self.request.GET.get("q", "").strip().casefold()
        hotels = [hotel for hotel in self.wanted_hotels if sought in hotel.name.casefold()]
        return Paginator(hotels, A_PAGE).get_page(self.request.GET.get("page"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The grid of the page's hotels."""
        hours = self.number("hours", allowed=(24, 168))
        columns = drawing.Columns.of(hours=hours, now=self.now)
        page = self.page
        slots = read_slots(hotels=list(page), jobs=self.jobs, span=columns.span)
        draw = drawing.Drawing(columns)
        rows = [
            Rows(
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
        states = Counter(slot.state for of in slots.values() for slot in of)
        return super().get_context_data(
            hours=hours,
            page=page,
            rows=rows,
            any=bool(slots),
            axis=drawing.axis(columns),
            summary=drawing.summary(states),
            legend=drawing.legend(),
            sought=self.request.GET.get("q", ""),
            **kwargs,
        )
