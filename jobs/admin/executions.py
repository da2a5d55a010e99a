"""Executions: the receipts of the night."""

import json
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from hotels import formats
from hotels.admin.columns import instant_column
from jobs import registry
from jobs.admin.deciding import DecidingAdmin
from jobs.models import JobExecution


class JobFilter(admin.SimpleListFilter):
    """By job, named by its title: job names are no choices of the model (they are registered)."""

    title = _("job")
    parameter_name = "job"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The registered jobs."""
        return [(job.name, str(job.title)) for job in registry.all_jobs()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The executions of the chosen job."""
        return queryset.filter(job_name=self.value()) if self.value() else queryset


@admin.register(JobExecution)
class JobExecutionAdmin(DecidingAdmin):
    """Status, who asked, when due, what it changed, what it skipped and why."""

    list_display = (
        "id",
        "job",
        "hotel",
        "status",
        "outcome",
        instant_column("scheduled_for", label=_("due")),
        instant_column("started_at", label=_("started at")),
        "took",
    )
    list_filter = (JobFilter, "status", "trigger", "created_at")
    list_select_related = ("hotel",)
    search_fields = ("=id", "error", "words")
    search_help_text = _("An execution's number, or words of its outcome or error.")
    fieldsets = (
        (None, {"fields": ("job_name", "hotel", "status", "outcome", "changed", "to_look_at")}),
        (
            _("When and why"),
            {
                "fields": (
                    "trigger",
                    "asked_by",
                    "scheduled_for",
                    "as_of",
                    "started_at",
                    "completed_at",
                    "took",
                    "attempt",
                    "first_attempt",
                    "not_before",
                    "lease_expires_at",
                    "retry_terms",
                    "cancel_requested",
                )
            },
        ),
        (_("Failure"), {"fields": ("failure_kind", "skip_reason", "error")}),
        (_("Traceback"), {"fields": ("traceback",), "classes": ("collapse",)}),
        (_("Result as data"), {"fields": ("result_json",), "classes": ("collapse",)}),
    )
    readonly_fields = (
        "outcome",
        "changed",
        "to_look_at",
        "asked_by",
        "took",
        "result_json",
        "retry_terms",
        "cancel_requested",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Lists leave the long columns in the database."""
        rows = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and str(match.url_name).endswith("_changelist"):
            return rows.defer("result", "effects", "metadata", "traceback", "error")
        return rows.select_related("run")

    @admin.display(description=_("job"), ordering="job_name")
    def job(self, execution: JobExecution) -> str:
        """The job by its title."""
        return registry.title_of(execution.job_name)

    @admin.display(description=_("outcome"))
    def outcome(self, execution: JobExecution) -> str:
        """The outcome in words."""
        return execution.words

    @admin.display(description=_("took"))
    def took(self, execution: JobExecution) -> str:
        """How long it was worked."""
        return formats.took(execution.duration)

    @admin.display(description=_("asked by"))
    def asked_by(self, execution: JobExecution) -> str:
        """Who asked; crontab and the tick have no name."""
        return execution.run.requested_by_name or execution.get_trigger_display()

    @admin.display(description=_("retries"))
    def retry_terms(self, execution: JobExecution) -> str:
        """What held when it was opened."""
        terms = execution.metadata.get("retry")
        if terms is None:
            return gettext("none")
        return ngettext(
            "%(attempts)s attempt, %(backoff)s, %(base)g s to %(longest)g s",
            "%(attempts)s attempts, %(backoff)s, %(base)g s to %(longest)g s",
            terms["attempts"],
        ) % {
            "attempts": terms["attempts"],
            "backoff": terms["backoff"],
            "base": terms["baseSeconds"],
            "longest": terms["longestSeconds"],
        }

    @admin.display(description=_("cancelling"))
    def cancel_requested(self, execution: JobExecution) -> str:
        """Who asked it to stop."""
        at = execution.cancel_requested_at
        return f"{execution.cancel_requested_by_name}, {at:%H:%M:%S} UTC" if at else ""

    @admin.display(description=_("what it changed"))
    def changed(self, execution: JobExecution) -> SafeString:
        """Counts by kind, each of the first hundred objects with a link."""
        return format_html_join(
            "\n",
            "<details><summary>{} × {}</summary>{}</details>",
            (
                (effect["count"], kind, format_html_join(", ", "{}", _links(effect["objects"])))
                for kind, effect in execution.effects.items()
            ),
        ) or SafeString(gettext("nothing"))

    @admin.display(description=_("to look at"))
    def to_look_at(self, execution: JobExecution) -> SafeString:
        """What the job could not do by itself."""
        lines = execution.metadata.get("attention", [])
        return format_html_join("\n", "<p>{}</p>", ((line,) for line in lines)) or SafeString("")

    @admin.display(description=_("result"))
    def result_json(self, execution: JobExecution) -> SafeString:
        """The result as programs get it."""
        text = json.dumps(execution.result, indent=1, ensure_ascii=False)
        return format_html("<pre>{}</pre>", text)


def _links(objects: list[dict[str, Any]]) -> list[tuple[SafeString]]:
    return [(_link(item),) for item in objects]


def _link(item: dict[str, Any]) -> SafeString:
    label = f"{item['label']} ({item['note']})" if item["note"] else item["label"]
    try:
        model = apps.get_model(item["model"])
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        return format_html('<a href="{}">{}</a>', reverse(name, args=[item["id"]]), label)
    except (LookupError, NoReverseMatch):
        return format_html("{}", label)
