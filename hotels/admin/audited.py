"""Recording of admin actions in the audit trail, shared by every admin."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from hotels import audit
from hotels.audit import Verb
from hotels.audit.display import line_of
from hotels.i18n import in_english
from hotels.models import AuditEntry

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = object

HISTORY_SHOWN = 100


class RecordedAdmin(ModelAdmin):
    """Admin that records the rows added, changed and deleted, including rows of inlines.

    Set `records` to False if the functions that change the rows record that themselves. `added` and
    `deleted` are the verbs recorded for a new and a deleted row.
    """

    records: ClassVar[bool] = True
    added: ClassVar[Verb] = Verb.ADD
    deleted: ClassVar[Verb] = Verb.DELETE
    object_history_template = "admin/audit_history.html"

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return the row; before a change its values are kept on the request."""
        row = super().get_object(request, object_id, from_field)
        if row is not None and self.records and request.method == "POST":
            request.row_before = audit.snapshot(row)  # type: ignore[attr-defined]
        return row

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the actions; deleting rows and recording it is one transaction."""
        actions: dict[str, Any] = super().get_actions(request)
        if "delete_selected" in actions:
            delete, name, label = actions["delete_selected"]
            actions["delete_selected"] = (transaction.atomic(delete), name, label)
        return actions

    @in_english()
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record the new row. Django's own log has no values and is deleted with the user."""
        if self.records:
            _record(request, self.added, obj, after=audit.snapshot(obj))
        return super().log_addition(request, obj, message)

    @in_english()
    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record the fields that changed; saving an unchanged form records nothing."""
        if self.records:
            before: dict[str, Any] = getattr(request, "row_before", {})
            _record_change(request, obj, before=before)
        return super().log_change(request, obj, message)

    @in_english()
    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Record the rows about to be deleted."""
        for row in queryset if self.records else ():
            _record(request, self.deleted, row, before=audit.snapshot(row))
        return super().log_deletions(request, queryset)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the rows of inlines and record each one."""
        for row in _as_stored(form.instance for s in formsets for form in s.deleted_forms):
            _record(request, Verb.DELETE, row, before=audit.snapshot(row))
        super().save_related(request, form, formsets, change)
        for formset in formsets:
            before = {form.instance.pk: form.initial for form in formset.initial_forms}
            for row, _ in formset.changed_objects:
                _record_change(request, row, before=before[row.pk])
            for row in formset.new_objects:
                _record(request, Verb.ADD, row, after=audit.snapshot(row))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the audit entries of the object instead of Django's own log."""
        response = super().history_view(request, object_id, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data is not None:
            row = response.context_data["object"]
            of_row = {"model": row._meta.label_lower, "object_id": str(row.pk)}
            acts = AuditEntry.objects.filter(**of_row).select_related("hotel")[:HISTORY_SHOWN]
            response.context_data["acts"] = [line_of(entry) for entry in acts]
            if self.admin_site.get_model_admin(AuditEntry).has_view_permission(request, None):
                url = reverse("admin:hotels_auditentry_changelist")
                response.context_data["trail"] = f"{url}?{urlencode(of_row)}"
        return response


def _as_stored(rows: Iterable[models.Model]) -> list[models.Model]:
    """Return the rows as stored: the form of a deleted row may contain other values."""
    found = (type(row)._base_manager.filter(pk=row.pk).first() for row in rows if row.pk)
    return [row for row in found if row is not None]


def _record_change(request: HttpRequest, row: Any, *, before: dict[str, Any]) -> None:
    """Record the fields of `before` whose values changed, if any."""
    after = audit.snapshot(row)
    known = {name: before[name] for name in after if name in before}
    if any(known[name] != after[name] for name in known):
        _record(request, Verb.CHANGE, row, before=known, after={n: after[n] for n in known})


def _record(request: HttpRequest, verb: Verb, row: Any, **fields: Any) -> None:
    audit.record(by=request.user, verb=verb, row=row, now=timezone.now(), **fields)
