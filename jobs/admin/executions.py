"""Admin list of executions."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from hotels import formats, read_replica
from hotels.admin.bounded_lists import COUNTED
from hotels.admin.columns import instant_column
from hotels.csv_export import file_response
from hotels.http.access import request_access
from hotels.models.literal import Literal
from hotels.parsing import parse_key
from hotels.templatetags.console import state
from jobs import exports, queue, registry
from jobs.admin.creation_filter import CreationFilter
from jobs.admin.error_search import CONTINUED, search_errors
from jobs.admin.execution_actions import ExecutionActionsAdmin
from jobs.admin.list_filters import filters_of
from jobs.badges import execution_badge
from jobs.exports.texts import too_large_text
from jobs.models import ExecutionExport, JobExecution


class JobFilter(admin.SimpleListFilter):
    """Filter by job title; job names come from the registry, not from model choices."""

    title = _("job")
    parameter_name = "job"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the registered jobs."""
        return [(job.name, str(job.title)) for job in registry.all_jobs()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the executions of the selected job."""
        return queryset.filter(job_name=self.value()) if self.value() else queryset


class ProblemsFilter(admin.SimpleListFilter):
    """Filter by whether some objects could not be processed."""

    title = _("problems")
    parameter_name = "problems"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return yes and no."""
        return [("yes", _("With problems")), ("no", _("Without problems"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the executions with problems, or those without."""
        if self.value() == "yes":
            return queryset.filter(problems__gt=Literal(0))
        return queryset.filter(problems=0) if self.value() == "no" else queryset


class SourceFilter(admin.ChoicesFieldListFilter):
    """Filter by what started the execution, headed "By source" instead of "By started by"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("source")


@admin.register(JobExecution)
class JobExecutionAdmin(ExecutionActionsAdmin):
    """Read-only list of executions, with search, filters, actions and CSV export."""

    list_display = (
        "id",
        "job",
        "hotel",
        "state",
        "summary",
        instant_column("scheduled_for", label=_("due")),
        instant_column("started_at", label=_("started")),
        "duration",
    )
    list_dates = "created_at"
    days_filter = CreationFilter
    list_filter = (JobFilter, "status", ProblemsFilter, ("trigger", SourceFilter))
    list_select_related = ("hotel",)
    sortable_by = ("id",)  # other columns would sort the whole table
    search_fields = ("=id", "error")
    search_help_text = _("Search by execution number or error text")
    list_before_template = "admin/jobs/jobexecution/above_list.html"
    linked_lookups = (CONTINUED,)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Defer the long columns in lists."""
        rows = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and str(match.url_name).endswith("_changelist"):
            return rows.defer("result", "effects", "metadata", "traceback", "error")
        return rows.select_related("run")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, from the read replica where there is one; actions use the primary."""
        if request.method != "GET":
            return super().changelist_view(request, extra_context)

        shown = super().changelist_view
        context = {"last_export": _last_export(request), **(extra_context or {})}
        return read_replica.read(lambda: shown(request, context))

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Search by number, or for a text in the errors of some thousand failed executions."""
        term = search_term.strip()
        if not term or parse_key(term):
            return queryset.found_by(term), False
        chosen = _chosen_rows(request)
        if chosen:
            # New failures may have come: what was shown is then no longer among the newest.
            return queryset.filter(pk__in=chosen).found_by(term), False
        found, searched = search_errors(queryset, term, is_continued=CONTINUED in request.GET)
        request.searched_errors = searched  # type: ignore[attr-defined]  # shown above the list
        # Of few, the list would read all failures once to count them and once to show them.
        keys = list(found.values_list("pk", flat=True)[: COUNTED + 1])
        return queryset.filter(pk__in=keys) if len(keys) <= COUNTED else found, False

    def get_urls(self) -> list[Any]:
        """Add the CSV export."""
        export = self.admin_site.admin_view(self.export)
        return [path("export/", export, name="jobs_jobexecution_export"), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """All rows of the filtered list as a CSV file. Raises PermissionDenied without a hotel.

        A worker of the queue writes it, if there is one, and the user waits on a page of its own.
        Without one it is streamed in the request: there is no other machine, and no other way to
        get a file of more than a few rows. Either file has at most `exports.MOST_ROWS`.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        address = reverse("admin:jobs_jobexecution_changelist")
        try:
            filters = filters_of(self.get_changelist_instance(request), request=request)
        except IncorrectLookupParameters:
            return redirect(address)
        query = request.GET.urlencode()
        user: Any = request.user
        if queue.is_attended():
            if request.method != "POST":  # an address that is opened again replaces no file
                return redirect(f"{address}?{query}")
            asked = exports.request_export(filters=filters, by=user, now=timezone.now())
            return redirect(f"{reverse('jobs:export', args=[asked.public_id])}?{query}")
        rows = filters.rows(visible_to=user)
        if exports.is_too_large(rows):
            messages.error(request, too_large_text())
            return redirect(f"{address}?{query}")
        return file_response(content=exports.csv_of_executions(rows), name="executions.csv")

    @admin.display(description=_("job"), ordering="job_name")
    def job(self, execution: JobExecution) -> str:
        """Title of the job."""
        return registry.title_of(execution.job_name)

    @admin.display(description=_("status"))
    def state(self, execution: JobExecution) -> SafeString:
        """Badge of the status, the same as on the console's pages."""
        return state(execution_badge(execution))

    @admin.display(description=_("result"))
    def summary(self, execution: JobExecution) -> str:
        """One-line summary of the result."""
        return execution.words

    @admin.display(description=_("duration"))
    def duration(self, execution: JobExecution) -> str:
        """Time from start to end."""
        return formats.format_duration(execution.duration)


def _chosen_rows(request: HttpRequest) -> list[int]:
    """The rows that were selected one by one for an action; empty if all were, or for no action."""
    if request.POST.get("select_across") == "1":
        return []
    keys = map(parse_key, request.POST.getlist(ACTION_CHECKBOX_NAME))
    return [key for key in keys if key is not None]


def _last_export(request: HttpRequest) -> ExecutionExport | None:
    """The user's export, which a worker writes or has written; none without the queue."""
    user: Any = request.user
    if not queue.is_used() or not user.is_authenticated:
        return None
    return exports.latest_export(by=user, access=request_access(request), now=timezone.now())
