"""Admin of the audit trail, for users who may configure a hotel."""

from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from hotels.admin.base import ReadOnlyAdmin
from hotels.admin.bounded_lists import FilteredList
from hotels.audit import display, verbs
from hotels.http.access import request_access
from hotels.models import AuditEntry
from hotels.roles import Action
from hotels.templatetags.console import instant


def may_read(request: HttpRequest) -> bool:
    """Return whether the user may see the audit trail of some hotel."""
    return request_access(request).somewhere(action=Action.CONFIGURE)


class VerbFilter(admin.SimpleListFilter):
    """Filter by action."""

    title = gettext_lazy("action")
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return all registered verbs."""
        return list(verbs.choices())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the entries of the chosen action."""
        return queryset.filter(verb=self.value()) if self.value() else queryset


class AuditChanges(FilteredList):
    """A page of entries; checks with one query per model which objects still exist."""

    def get_results(self, request: HttpRequest) -> None:
        """Note on each entry whether its object exists."""
        super().get_results(request)
        entries = list(self.result_list)
        for label in {entry.model for entry in entries}:
            of_model = [entry for entry in entries if entry.model == label]
            existing = _existing(label, {entry.object_id for entry in of_model})
            for entry in of_model:
                entry.object_exists = entry.object_id in existing
        self.result_list = entries


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Read-only list of audit entries: members who may not configure the hotel see none."""

    rows_label = gettext_lazy("audit entries")  # the plural name of the model is that of the page
    list_display = ["when", "who", "hotel_name", "act", "what", "changed", "via", "note"]
    list_display_links = ["when"]
    list_dates = "at"
    list_filter = [VerbFilter, "via"]
    linked_lookups = ("model", "object_id")
    list_select_related = ["hotel"]
    search_fields = ["username", "object_label", "=object_id"]
    search_help_text = gettext_lazy("Search by user name, or name or number of the object.")
    autocomplete_fields = ["hotel"]
    fields = ["when", "who", "hotel_name", "via", "act", "what", "note", "values"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return entries of hotels the user may configure; only superusers see the others."""
        return request_access(request).narrow(
            AuditEntry.objects.order_by("-at", "-pk"), action=self.needs
        )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user may configure the hotel of the entry, or any hotel."""
        return self.allows(request, self.needs, obj)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that knows which objects exist."""
        return AuditChanges

    def zone_of(self, row: AuditEntry) -> ZoneInfo:
        """Return the time zone of the hotel; UTC without a hotel."""
        return display.zone_of(row)

    @admin.display(description=gettext_lazy("time (hotel time)"), ordering="at")
    def when(self, entry: AuditEntry) -> str:
        """Time of the action, in the hotel's time zone; in UTC, and saying so, without a hotel."""
        at = instant(entry.at, display.zone_of(entry))
        return at if entry.hotel_id else format_html("{} UTC", at)

    @admin.display(description=gettext_lazy("user"), ordering="username")
    def who(self, entry: AuditEntry) -> str:
        """Name of the user at that time."""
        return display.who_of(entry)

    @admin.display(description=gettext_lazy("action"), ordering="verb")
    def act(self, entry: AuditEntry) -> str:
        """Label of the action."""
        return display.action_of(entry)

    @admin.display(description=gettext_lazy("object"), ordering="object_label")
    def what(self, entry: AuditEntry) -> SafeString:
        """The object, with a link while it exists."""
        kind = display.kind_of(entry)
        exists: bool | None = getattr(entry, "object_exists", None)
        if exists is None:
            exists = entry.object_id in _existing(entry.model, {entry.object_id})
        url = _url(entry) if exists else None
        if url is None:
            return format_html("{} {}", kind, entry.object_label)
        return format_html(
            '{} <a class="underline" href="{}">{}</a>', kind, url, entry.object_label
        )

    @admin.display(description=gettext_lazy("changed fields"))
    def changed(self, entry: AuditEntry) -> str:
        """Labels of the fields that changed."""
        return ", ".join(display.changed_fields(entry))

    @admin.display(description=gettext_lazy("values"))
    def values(self, entry: AuditEntry) -> SafeString | str:
        """Table of the values before and after."""
        lines = display.rows_of(entry)
        if not lines:
            return gettext("No fields changed.")
        return format_html(
            '<table class="plain"><thead><tr><th scope="col">{}</th><th scope="col">{}</th>'
            '<th scope="col">{}</th></tr></thead><tbody>{}</tbody></table>',
            gettext("Field"),
            gettext("Before"),
            gettext("After"),
            format_html_join("", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', lines),
        )


def _url(entry: AuditEntry) -> str | None:
    name = f"admin:{entry.model.replace('.', '_')}_change"
    try:
        return reverse(name, args=[entry.object_id])
    except NoReverseMatch:
        return None


def _existing(label: str, keys: set[str]) -> set[str]:
    """Return those of the object numbers that exist in the model `label`."""
    try:
        rows = apps.get_model(label)._base_manager.filter(pk__in=keys)
    except (LookupError, ValueError, ValidationError):
        return set()  # the model no longer exists, or its rows have other keys
    return {str(key) for key in rows.values_list("pk", flat=True)}
