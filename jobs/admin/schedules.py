"""Admin of the hotels' own schedules."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from hotels import formats
from hotels.admin.base import HotelScopedAdmin
from hotels.admin.form_choices import OneHotelForm
from jobs import registry, scheduling
from jobs.cron_expressions import BadExpression
from jobs.models import JobSchedule
from jobs.scheduling import EffectiveSchedule, changes
from jobs.scheduling.advice import schedule_advice

RUNS_SHOWN = 5
_UTC = ZoneInfo("UTC")
_LAST_CHANGE = ("changed_by_name", "changed_at", "switched", "valid_from")


class ScheduleForm(OneHotelForm):
    """Form with the registered jobs as choices; the model stores their names as text."""

    job_name = forms.ChoiceField(
        label=_("Job"), choices=lambda: _jobs(), widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expression" in self.fields:  # absent for users who may only see the schedule
            self.fields["expression"].widget.attrs |= self._next_runs_while_typing()

    def _next_runs_while_typing(self) -> dict[str, str]:
        """Return attributes that make htmx show the next runs of what is typed."""
        stored = f"?hotel={self.instance.hotel_id}" if self.instance.pk else ""
        return {
            "hx-get": f"{reverse('jobs:next-runs')}{stored}",
            "hx-trigger": "input changed delay:300ms, change from:#id_clock, change from:#id_hotel",
            "hx-include": "#id_clock, #id_hotel",
            "hx-params": "expression,clock,hotel",
            "hx-target": "#next-runs",
            "autocomplete": "off",
        }


class MissedRunsFilter(admin.ChoicesFieldListFilter):
    """Filter by the policy for missed runs, headed "By missed runs"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("missed runs")


@admin.register(JobSchedule)
class JobScheduleAdmin(HotelScopedAdmin):
    """Schedules that managers set for their hotels."""

    form = ScheduleForm
    records = False  # jobs.scheduling.changes writes the audit trail
    list_display = ("job", "hotel", "enabled", "description", "clock", "next_run", "catch_up")
    list_filter = ("enabled", "clock", ("catch_up", MissedRunsFilter))
    list_select_related = ("hotel",)
    search_fields = ("job_name", "hotel__code", "hotel__name")
    autocomplete_fields = ("hotel",)
    fieldsets = (
        (None, {"fields": ("hotel", "job_name", "enabled")}),
        (_("When"), {"fields": ("expression", "clock", "description", "next_runs")}),
        (
            _("Late or failed runs"),
            {"fields": ("catch_up", "longest_lateness_minutes", "attempts")},
        ),
        (_("Last change"), {"fields": _LAST_CHANGE}),
    )
    readonly_fields = ("description", "next_runs", *_LAST_CHANGE)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make the job of a stored schedule read-only."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "job"] if obj is not None else fields

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the title of the job of a stored schedule, and a choice for a new one."""
        if obj is None:  # its description is shown with the next runs, while typing
            return [
                (heading, {"fields": [name for name in options["fields"] if name != "description"]})
                for heading, options in super().get_fieldsets(request, obj)
            ]
        (heading, _options), *others = super().get_fieldsets(request, obj)
        return [(heading, {"fields": ("hotel", "job", "enabled")}), *others]

    def save_model(self, request: HttpRequest, obj: JobSchedule, form: Any, change: bool) -> None:
        """Save the schedule; runs due before the change are opened first."""
        now = timezone.now()
        changes.save_schedule(schedule=obj, now=now, by=_user(request))
        for advice in schedule_advice(hotels=[obj.hotel], now=now):
            if advice.job.name == obj.job_name:
                messages.warning(request, " ".join(advice.reasons))

    def delete_model(self, request: HttpRequest, obj: JobSchedule) -> None:
        """Delete the schedule, so that the default schedule applies again."""
        changes.delete_schedule(schedule=obj, now=timezone.now(), by=_user(request))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete the schedules one by one, as `delete_model` does."""
        changes.lock_schedules(queryset)
        for row in queryset.order_by("pk"):
            changes.delete_schedule(schedule=row, now=timezone.now(), by=_user(request))

    @admin.display(description=_("job"), ordering="job_name")
    def job(self, row: JobSchedule) -> str:
        """Title of the job."""
        return registry.title_of(row.job_name)

    @admin.display(description=_("description"))
    def description(self, row: JobSchedule) -> str:
        """Expression as a sentence."""
        return _described(row.expression)

    @admin.display(description=_("next run (hotel time)"))
    def next_run(self, row: JobSchedule) -> str:
        """Next run in hotel time."""
        runs = _next_runs(row, count=1)
        return (
            formats.format_instant(runs[0], zone=row.hotel.zone)
            if runs
            else pgettext("next run", "none")
        )

    @admin.display(description=_("changed at"))
    def changed_at(self, row: JobSchedule) -> str:
        """Time of the last change in hotel time."""
        return (
            "" if row._state.adding else formats.format_instant(row.updated_at, zone=row.hotel.zone)
        )

    @admin.display(description=_("paused or resumed"))
    def switched(self, row: JobSchedule) -> str:
        """The user who paused or resumed it last, and when in hotel time; else empty."""
        if row.switched_at is None:
            return ""
        at = formats.format_instant(row.switched_at, zone=row.hotel.zone)
        return f"{row.switched_by_name}, {at}"

    @admin.display(description=_("valid from"))
    def valid_from(self, row: JobSchedule) -> str:
        """Time after which due runs follow this schedule, in hotel time."""
        return (
            ""
            if row._state.adding
            else formats.format_instant(row.counts_from, zone=row.hotel.zone)
        )

    @admin.display(description=_("next five runs"))
    def next_runs(self, row: JobSchedule) -> SafeString:
        """Next runs in hotel time and in UTC, replaced while the user types a schedule."""
        return format_html('<div id="next-runs" aria-live="polite">{}</div>', self._runs(row))

    def _runs(self, row: JobSchedule) -> SafeString | str:
        """The next runs of a stored schedule; the two times differ with daylight saving time."""
        if row._state.adding:
            return gettext("Type a schedule to see its next runs.")
        runs = _next_runs(row, count=RUNS_SHOWN)
        if not runs:
            return gettext("none (the schedule is switched off)")
        lines = format_html_join(
            "",
            '<tr><td class="pr-6">{}</td><td>{}</td></tr>',
            (_local_and_utc(at, row) for at in runs),
        )
        return format_html(
            '<table class="text-left"><thead><tr><th>{}</th><th>UTC</th></tr></thead>'
            "<tbody>{}</tbody></table>",
            formats.zone_name(row.hotel.zone),
            lines,
        )


def _jobs() -> list[tuple[str, str]]:
    return [
        (
            job.name,
            gettext("%(job)s (default schedule: %(when)s, UTC)")
            % {"job": job.title, "when": _described(job.schedule)},
        )
        for job in registry.all_jobs()
    ]


def _described(expression: str) -> str:
    return scheduling.describe_schedule(expression=expression, language=get_language() or "en")


def _next_runs(row: JobSchedule, *, count: int) -> list[datetime]:
    try:
        return scheduling.upcoming_slots(
            schedule=EffectiveSchedule.of(row), after=timezone.now(), count=count
        )
    except BadExpression:
        return []


def _local_and_utc(at: datetime, row: JobSchedule) -> tuple[str, str]:
    zone = row.hotel.zone
    local = f"{formats.long_instant(at, zone=zone)} ({at.astimezone(zone):%Z})"
    return local, formats.long_instant(at, zone=_UTC)


def _user(request: HttpRequest) -> Any:
    return request.user
