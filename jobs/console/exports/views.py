"""Pages /admin/exports/…: an export of executions while a worker writes it, and its file."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from hotels import formats
from hotels.calendar import ONE_DAY
from hotels.console.base import ConsolePage
from hotels.csv_export import file_response
from hotels.models import Hotel
from jobs import exports, queue, registry
from jobs.exports import ExportFilters
from jobs.exports.texts import too_large_text
from jobs.models import ExecutionExport, Status, Trigger

LIST = "admin:jobs_jobexecution_changelist"


class ExportPage(ConsolePage):
    """The user's export: how far it is, then a link to its file. 404 for any other.

    The links back to the list have the filters of the export. Where there is none, they have the
    query of this page, which is that of the list from which the user came.
    """

    template_name = "jobs/console/exports/export.html"
    title = gettext_lazy("Export of executions")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page or its fragment; it is loaded again when the export has ended."""
        export = self._export(kwargs["public_id"])
        is_open = export is not None and export.finished_at is None
        if request.headers.get("HX-Request") == "true":
            if not is_open:
                return HttpResponse(headers={"HX-Refresh": "true"})
            self.template_name = "jobs/console/exports/fragment.html"
        attended = is_open and queue.is_attended()
        if export is not None and attended:
            exports.ask_again_if_lost(export=export, now=self.now)
        context = self.get_context_data(
            export=export,
            is_open=is_open,
            attended=attended,
            **_links(export, query=request.GET.urlencode()),
            **_shown(export),
        )
        return self.render_to_response(context, status=404 if export is None else 200)

    def _export(self, public_id: UUID) -> ExecutionExport | None:
        return exports.find_export(
            public_id=public_id, by=self.user, access=self.access, now=self.now
        )


class ExportFile(ExportPage):
    """The file of the user's export, streamed. 404 for any other, and until it is complete."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The CSV file."""
        export = self._export(kwargs["public_id"])
        if export is None or export.finished_at is None or export.failure:
            raise Http404
        response: HttpResponseBase = file_response(
            content=exports.file_of(export), name="executions.csv"
        )
        # So that a browser notices if the file was replaced while it was being downloaded.
        response.headers["Content-Length"] = str(export.size)
        return response


def _links(export: ExecutionExport | None, *, query: str) -> dict[str, str]:
    if export is not None:
        query = ExportFilters.from_stored(export.filters).query
    return {
        "list_url": f"{reverse(LIST)}?{query}",
        "again_url": f"{reverse('admin:jobs_jobexecution_export')}?{query}",
    }


def _shown(export: ExecutionExport | None) -> dict[str, Any]:
    if export is None:
        return {}
    percent = 100 * export.written // export.total if export.total else 0
    shown: dict[str, Any] = {"percent": min(percent, 100)}
    if export.failure == ExecutionExport.Failure.TOO_LARGE:
        shown["reason"] = too_large_text()
    filters = ExportFilters.from_stored(export.filters)
    return shown | {"chosen": list(_chosen(filters))}


def _chosen(filters: ExportFilters) -> Iterator[tuple[str, str]]:
    """Label and value of each filter that was chosen."""
    if filters.hotel_ids:
        names = Hotel.objects.filter(pk__in=filters.hotel_ids).order_by("name")
        yield gettext("Hotel"), ", ".join(names.values_list("name", flat=True))
    if filters.job_name:
        yield gettext("Job"), registry.title_of(filters.job_name)
    if filters.since:
        yield gettext("From"), formats.date_of(filters.since.date())
    if filters.until:
        yield gettext("To"), formats.date_of((filters.until - ONE_DAY).date())
    if filters.statuses:
        yield gettext("Status"), _labels(Status, filters.statuses)
    if filters.problems is not None:
        text = gettext("With problems") if filters.problems else gettext("Without problems")
        yield gettext("Problems"), text
    if filters.triggers:
        yield gettext("Started by"), _labels(Trigger, filters.triggers)
    if filters.search:
        yield gettext("Search"), filters.search


def _labels(choices: Any, values: tuple[str, ...]) -> str:
    known = dict(choices.choices)
    return ", ".join(str(known.get(value, value)) for value in values)
