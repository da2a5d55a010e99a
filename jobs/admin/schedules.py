"""Schedules a hotel sets for itself."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from hotels import formats
from hotels.admin.base import HotelScopedAdmin
from hotels.admin.form_choices import OneHotelForm
from jobs import registry, scheduling
from jobs.cron_expressions import BadExpression
from jobs.models import JobSchedule
from jobs.scheduling import EffectiveSchedule, changes

RUNS_SHOWN = 5
_UTC = ZoneInfo("UTC")


class ScheduleForm(OneHotelForm):
    """The job is one of those registered; the model keeps their names as text."""

    job_name = forms.ChoiceField(
        label=_("Job"), choices=lambda: _jobs(), widget=UnfoldAdminSelectWidget
    )


@admin.register(JobSchedule)
class JobScheduleAdmin(HotelScopedAdmin):
    """When a job runs for a hotel, in the hotel's own time; its managers set it."""

    form = ScheduleForm
    records = False  # jobs.scheduling.changes does
    list_display = ("job_name", "hotel", "enabled", "in_words", "clock", "next_run", "catch_up")
    list_filter = ("enabled", "clock", "catch_up")
    list_select_related = ("hotel",)
    search_fields = ("job_name", "hotel__code", "hotel__name")
    autocomplete_fields = ("hotel",)
    fieldsets = (
        (None, {"fields": ("hotel", "job_name", "enabled")}),
        (_("When"), {"fields": ("expression", "clock", "in_words", "next_runs")}),
        (
            _("When it is late or fails"),
            {"fields": ("catch_up", "longest_lateness_minutes", "attempts")},
        ),
        (_("Changed"), {"fields": ("changed_by_name", "updated_at", "counts_from")}),
    )
    readonly_fields = ("in_words", "next_runs", "changed_by_name", "updated_at", "counts_from")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A stored schedule stays with its job."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "job_name"] if obj is not None else fields

    def save_model(self, request: HttpRequest, obj: JobSchedule, form: Any, change: bool) -> None:
        """What was due before the change is opened first."""
        changes.save_schedule(schedule=obj, now=timezone.now(), by=_person(request))

    def delete_model(self, request: HttpRequest, obj: JobSchedule) -> None:
        """The declared schedule holds again."""
        changes.delete_schedule(schedule=obj, now=timezone.now(), by=_person(request))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """The same for each of them."""
        for row in queryset:
            changes.delete_schedule(schedule=row, now=timezone.now(), by=_person(request))

    @admin.display(description=_("in words"))
    def in_words(self, row: JobSchedule) -> str:
        """The expression as a person says it."""
        if row._state.adding:
            return gettext("shown when saved")
        return _in_words(row.expression)

    @admin.display(description=_("next run (hotel)"))
    def next_run(self, row: JobSchedule) -> str:
        """The next one on the hotel's clock."""
        runs = _next_runs(row, count=1)
        return formats.long_instant(runs[0], zone=row.hotel.zone) if runs else gettext("none")

    @admin.display(description=_("next five runs"))
    def next_runs(self, row: JobSchedule) -> SafeString | str:
        """On the hotel's clock and in UTC: the two do not always go together."""
        if row._state.adding:
            return gettext("shown when saved")
        runs = _next_runs(row, count=RUNS_SHOWN)
        if not runs:
            return gettext("none: the schedule is switched off")
        lines = format_html_join(
            "", "<tr><td>{}</td><td>{}</td></tr>", (_both(at, row) for at in runs)
        )
        head = f"{row.hotel.timezone}"
        return format_html(
            "<table><thead><tr><th>{}</th><th>UTC</th></tr></thead><tbody>{}</tbody></table>",
            head,
            lines,
        )


def _jobs() -> list[tuple[str, str]]:
    return [
        (
            job.name,
            gettext("%(job)s (declared: %(when)s UTC)")
            % {"job": job.title, "when": _in_words(job.schedule)},
        )
        for job in registry.all_jobs()
    ]


def _in_words(expression: str) -> str:
    return scheduling.describe_schedule(expression=expression, language=get_language() or "en")


def _next_runs(row: JobSchedule, *, count: int) -> list[datetime]:
    try:
        return scheduling.upcoming_slots(
            schedule=EffectiveSchedule.of(row), after=timezone.now(), count=count
        )
    except BadExpression:
        return []


def _both(at: datetime, row: JobSchedule) -> tuple[str, str]:
    zone = row.hotel.zone
    local = f"{formats.long_instant(at, zone=zone)} ({at.astimezone(zone):%Z})"
    return local, formats.long_instant(at, zone=_UTC)


def _person(request: HttpRequest) -> Any:
    return request.user
