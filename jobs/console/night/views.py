"""/admin/timeline/night/"""

from dataclasses import dataclass
from datetime import UTC, date, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels import formats
from hotels.models import Hotel
from jobs import registry
from jobs.console.filters import JobsPage
from jobs.console.night import drawing
from jobs.console.night.bars import Bar, Night, at_once, bars_of
from jobs.models import Status

A_PAGE = 100
LONGEST, FIRST = "longest", "first"


@dataclass(frozen=True, kw_only=True)
class NightRow:
    """An execution as the table shows it."""

    bar: Bar
    hotel: Hotel
    job: str
    status: str | Promise
    href: str
    drawn: SafeString


class NightPage(JobsPage):
    """Bars of one night's executions, how many ran at once, and the same as figures."""

    title = _("One night")
    template_name = "jobs/console/night/night.html"

    @cached_property
    def night(self) -> Night:
        """The chosen one; without a choice the present day's."""
        day = self.day("date")
        if self.hotel is None:
            return Night.in_utc(day or self.now.astimezone(UTC).date())
        return Night.of_hotel(self.hotel, day=day or self.hotel.local_date(self.now))

    @property
    def zone(self) -> ZoneInfo:
        """The clock of the page."""
        return self.hotel.zone if self.hotel else ZoneInfo("UTC")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """All bars count; a page of them is drawn."""
        bars = bars_of(night=self.night, hotels=self.wanted_hotels, jobs=self.jobs, now=self.now)
        order = FIRST if self.request.GET.get("order") == FIRST else LONGEST
        if order == LONGEST:
            bars.sort(key=lambda bar: bar.took, reverse=True)
        page = Paginator(bars, A_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            night=self.night,
            zone=self.zone,
            order=order,
            page=page,
            before=_shifted(self.night.day, -1),
            after=_shifted(self.night.day, 1),
            **(self._drawn(bars, page) if bars else {}),
            **kwargs,
        )

    def _drawn(self, bars: list[Bar], page: Page[Bar]) -> dict[str, Any]:
        whole = drawing.Scale.of(bars, zone=self.zone, width=drawing.WIDE)
        scale = drawing.Scale.of(list(page), zone=self.zone, width=drawing.NARROW)
        steps = at_once(bars)
        most = max((count for _, count in steps), default=0)
        peak = next((at for at, count in steps if count == most), whole.begin)
        label = gettext("At most %(count)s at once, at %(time)s") % {
            "count": formats.number(most),
            "time": formats.instant(peak, zone=self.zone),
        }
        hotels = {hotel.pk: hotel for hotel in self.hotels}
        return {
            "rows": [self._row(bar, hotels[bar.hotel_id], scale) for bar in page],
            "axis": scale.axis(),
            "whole_axis": whole.axis(),
            "line": whole.line(drawing.thinned(steps, scale=whole), label=label),
            "peak": label,
            "longest": max(bar.took for bar in bars),
            "begin": whole.begin,
            "end": whole.end,
        }

    def _row(self, bar: Bar, hotel: Hotel, scale: drawing.Scale) -> NightRow:
        job, status = registry.title_of(bar.job_name), Status(bar.status).label
        href = reverse("admin:jobs_jobexecution_change", args=[bar.execution_id])
        told = f"{hotel.name} · {job}: {status}, {formats.format_duration(bar.took)}"
        drawn = scale.bar(bar, told=told, href=href)
        return NightRow(bar=bar, hotel=hotel, job=job, status=status, href=href, drawn=drawn)


def _shifted(day: date, days: int) -> date:
    return day + timedelta(days=days)
