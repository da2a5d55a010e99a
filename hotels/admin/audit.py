"""The audit trail, for those who run the hotel: who did what by hand, and what it was before."""

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
from hotels.audit import display
from hotels.http.access import request_access
from hotels.models import AuditEntry, Verb
from hotels.roles import Action
from hotels.templatetags.console import instant


def may_read(request: HttpRequest) -> bool:
    """Whether the menu shows the trail."""
    return request_access(request).somewhere(action=Action.CONFIGURE)


class VerbFilter(admin.SimpleListFilter):
    """By what was done."""

    title = gettext_lazy("act")
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Everything people do."""
        return list(Verb.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The entries of the chosen act."""
        return queryset.filter(verb=self.value()) if self.value() else queryset


class AuditChanges(ChangeList):
    """A page of entries; which of their objects are still there is asked once a kind."""

    def get_results(self, request: HttpRequest) -> None:
        """Note on each entry whether its object is there."""
        super().get_results(request)
        entries = list(self.result_list)
        for label in {entry.model for entry in entries}:
            mine = [entry for entry in entries if entry.model == label]
            there = _there(label, {entry.object_id for entry in mine})
            for entry in mine:
                entry.object_there = entry.object_id in there
        self.result_list = entries


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Members see all rows of their hotel but these: they are of those who configure it."""

    list_display = ["when", "who", "hotel_name", "act", "what", "changed", "via", "note"]
    list_display_links = ["when"]
    list_dates = "at"
    list_filter = [VerbFilter, "via"]
    list_select_related = ["hotel"]
    search_fields = ["username", "object_label", "=object_id"]
    search_help_text = gettext_lazy("A user name, or the name or number of what was changed.")
    autocomplete_fields = ["hotel"]
    fields = ["when", "who", "hotel_name", "via", "act", "what", "note", "values"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Of hotels the person configures; what was done on no hotel only superusers see."""
        return request_access(request).narrow(
            AuditEntry.objects.order_by("-at", "-pk"), action=self.needs
        )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """For those who configure the hotel."""
        return self.allows(request, self.needs, obj)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """With what is still there noted."""
        return AuditChanges

    def zone_of(self, row: AuditEntry) -> ZoneInfo:
        """UTC where there is no hotel."""
        return display.zone_of(row)

    @admin.display(description=gettext_lazy("when"), ordering="at")
    def when(self, entry: AuditEntry) -> str:
        """On the hotel's clock."""
        return instant(entry.at, display.zone_of(entry))

    @admin.display(description=gettext_lazy("who"), ordering="username")
    def who(self, entry: AuditEntry) -> str:
        """By the name at that time."""
        return display.who_of(entry)

    @admin.display(description=gettext_lazy("act"), ordering="verb")
    def act(self, entry: AuditEntry) -> str:
        """In words."""
        return display.act_of(entry)

    @admin.display(description=gettext_lazy("what"), ordering="object_label")
    def what(self, entry: AuditEntry) -> SafeString:
        """The object, with a link while there is one."""
        kind = display.kind_of(entry)
        there: bool | None = getattr(entry, "object_there", None)
        if there is None:
            there = entry.object_id in _there(entry.model, {entry.object_id})
        url = _url(entry) if there else None
        if url is None:
            return format_html("{} {}", kind, entry.object_label)
        return format_html(
            '{} <a class="underline" href="{}">{}</a>', kind, url, entry.object_label
        )

    @admin.display(description=gettext_lazy("changed"))
    def changed(self, entry: AuditEntry) -> str:
        """The fields, by name."""
        return ", ".join(display.changed_fields(entry))

    @admin.display(description=gettext_lazy("values"))
    def values(self, entry: AuditEntry) -> SafeString | str:
        """What each field was, and what it is since."""
        lines = display.rows_of(entry)
        if not lines:
            return gettext("No field was changed.")
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


def _there(label: str, keys: set[str]) -> set[str]:
    try:
        rows = apps.get_model(label)._base_manager.filter(pk__in=keys)
    except (LookupError, ValueError, ValidationError):
        return set()  # the model is gone, or is not named by its key
    return {str(key) for key in rows.values_list("pk", flat=True)}
