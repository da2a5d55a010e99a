"""Night page, /admin/timeline/night/."""

from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels import formats
from hotels.console.badges import Badge
from hotels.models import Hotel
from jobs import registry
from jobs.badges import status_badge
from jobs.console.filters import JobsPage
from jobs.console.night import drawing
from jobs.console.night.bars import Bar, Night, bars_of, concurrency

PAGE_SIZE = 100
LONGEST, FIRST = "longest", "first"


@dataclass(frozen=True, kw_only=True)
class NightRow:
    """Row of the table."""

    bar: Bar
    hotel: Hotel
    job: str
    badge: Badge
    href: str
    svg: SafeString


class NightPage(JobsPage):
    """Executions of one night: a table with bars, and their concurrency."""

    title = _("One night")
    only_active = False
    template_name = "jobs/console/night/night.html"

    @cached_property
    def night(self) -> Night:
        """Selected night; today's by default."""
        day = self.day("date")
        if self.hotel is None:
            return Night.in_utc(day or self.now.astimezone(UTC).date())
        return Night.of_hotel(self.hotel, day=day or self.hotel.local_date(self.now))

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of the page: the hotel's, or UTC for several hotels."""
        return self.hotel.zone if self.hotel else ZoneInfo("UTC")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the concurrency of all executions, and one page of rows."""
        bars = bars_of(night=self.night, hotels=self.selected_hotels, jobs=self.jobs, now=self.now)
        order = FIRST if self.request.GET.get("order") == FIRST else LONGEST
        if order == LONGEST:
            bars.sort(key=lambda bar: bar.duration, reverse=True)
        page = Paginator(bars, PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            night=self.night,
            zone=self.zone,
            order=order,
            page=page,
            previous=self.night.day - timedelta(days=1),
            following=self.night.day + timedelta(days=1),
            **(self._charts(bars, page) if bars else {}),
            **kwargs,
        )

    def _charts(self, bars: list[Bar], page: Page[Bar]) -> dict[str, Any]:
        whole = drawing.Scale.of(bars, zone=self.zone, width=drawing.LINE_WIDTH)
        scale = drawing.Scale.of(list(page), zone=self.zone, width=drawing.BAR_WIDTH)
        steps = concurrency(bars)
        most = max((count for _, count in steps), default=0)
        peak = next((at for at, count in steps if count == most), whole.begin)
        label = gettext("Most at once: %(count)s (%(time)s)") % {
            "count": formats.number(most),
            "time": formats.format_instant(peak, zone=self.zone),
        }
        hotels = {hotel.pk: hotel for hotel in self.hotels}
        return {
            "rows": [self._row(bar, hotels[bar.hotel_id], scale) for bar in page],
            "axis": scale.axis(),
            "whole_axis": whole.axis(),
            "line": whole.line(drawing.thin_out(steps, scale=whole), label=label),
            "peak": label,
            "longest": max(bar.duration for bar in bars),
            "begin": whole.begin,
            "end": whole.end,
        }

    def _row(self, bar: Bar, hotel: Hotel, scale: drawing.Scale) -> NightRow:
        job = registry.title_of(bar.job_name)
        badge = status_badge(bar.status, problems=bar.problems)
        href = reverse("admin:jobs_jobexecution_change", args=[bar.execution_id])
        title = f"{hotel.name} · {job}: {badge.text}, {formats.format_duration(bar.duration)}"
        svg = scale.bar(bar, tone=badge.tone, title=title, href=href)
        return NightRow(bar=bar, hotel=hotel, job=job, badge=badge, href=href, svg=svg)
