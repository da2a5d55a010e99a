"""Trends page (/admin/trends/) and the CSV of a chart."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from hotels import formats
from hotels.csv_export import csv_response
from jobs.console.filters import JobsPage, scope_of
from jobs.console.trends.charts import Chart, Written, charts_of, jobs_in
from jobs.statistics import DailyStatistics, Scope, daily_statistics


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A chart on the page, with its table."""

    id: str
    chart: Chart
    table: SafeString


@dataclass(frozen=True, kw_only=True)
class JobTrends:
    """The panels of a job; `without_activity` lists the charts left out because all is zero."""

    name: str
    title: str
    panels: list[Panel]
    without_activity: str


class TrendsPage(JobsPage):
    """Charts of the last 7, 30 or 90 days, each with a table and a CSV link."""

    title = _("Trends")
    only_active = False
    template_name = "jobs/console/trends/trends.html"

    @cached_property
    def scope(self) -> Scope:
        """The chosen hotel, or all hotels the user has access to."""
        if self.hotel is not None:
            return Scope.of_hotel(self.hotel)
        return scope_of(self.access)

    @cached_property
    def span(self) -> int:
        """The number of days, today included."""
        return self.number("days", allowed=(30, 7, 90))

    @cached_property
    def days(self) -> list[date]:
        """The days shown, in ascending order."""
        today = self.scope.day(self.now)
        return [today - timedelta(days=n) for n in reversed(range(self.span))]

    @cached_property
    def figures(self) -> DailyStatistics:
        """The statistics of these days."""
        first, last = self.days[0], self.days[-1]
        return daily_statistics(scope=self.scope, first=first, last=last, now=self.now)

    def charts(self, job_name: str) -> list[Chart]:
        """The charts of a job."""
        return charts_of(job_name=job_name, days=self.days, by_day=self.figures.by_day)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The context of the page: all jobs with their charts, and the data of `trends.js`."""
        days, written = [formats.short_day(day) for day in self.days], Written()
        trends = [
            self._trends(name, title, days=days, written=written)
            for name, title in jobs_in(self.figures.by_day)
        ]
        panels = {panel.id: panel.chart.for_script() for job in trends for panel in job.panels}
        return super().get_context_data(
            span=self.span,
            trends=trends,
            uncounted=len(self.figures.uncounted),
            for_script={"days": days, "charts": panels},
            **kwargs,
        )

    def _trends(self, name: str, title: str, *, days: list[str], written: Written) -> JobTrends:
        charts = self.charts(name)
        return JobTrends(
            name=name,
            title=title,
            panels=[
                Panel(
                    id=f"{name}.{chart.key}",
                    chart=chart,
                    table=chart.table(days=days, written=written),
                )
                for chart in charts
                if not chart.is_empty
            ],
            without_activity=", ".join(chart.title for chart in charts if chart.is_empty),
        )


class ChartCsv(TrendsPage):
    """One chart of one job as CSV: ISO dates and plain numbers."""

    is_file = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]  # it streams
        """Stream the rows. Raises Http404 for an unknown chart."""
        job_name, key = kwargs["job_name"], kwargs["key"]
        chart = next((chart for chart in self.charts(job_name) if chart.key == key), None)
        if chart is None:
            raise Http404
        scope = self.hotel.code if self.hotel else "hotels"
        return csv_response(rows=chart.rows(), name=f"{scope}-{job_name}-{key}.csv")
