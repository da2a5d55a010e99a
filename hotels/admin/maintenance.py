"""Admin of equipment, maintenance plans and work orders."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hotels.admin.base import HotelScopedAdmin, HotelScopedInline
from hotels.admin.columns import hotel_column, instant_column
from hotels.admin.form_choices import OneHotelForm
from hotels.maintenance.work_orders import note_completion
from hotels.models import Equipment, MaintenancePlan, WorkOrder
from hotels.roles import Action


class ChecklistForm(OneHotelForm):
    """Form of rows with a checklist, a JSON list of steps."""

    def clean_checklist(self) -> list[str]:
        """Return the steps, an empty list for none.

        Raises ValidationError for any other JSON: work orders copy the list and print it by line.
        """
        steps = self.cleaned_data["checklist"] or []
        valid = isinstance(steps, list) and all(isinstance(s, str) and s.strip() for s in steps)
        if not valid:
            raise ValidationError(_('Write a list of steps, such as ["Switch off", "Test run"].'))
        return list(steps)


class PlanInline(HotelScopedInline):
    """The maintenance plans of a piece of equipment."""

    model = MaintenancePlan
    fields = [
        "name",
        "interval_value",
        "interval_unit",
        "mode",
        "anchor_date",
        "lead_days",
        "active",
        "next_due_date",
    ]
    readonly_fields = ["next_due_date"]


@admin.register(Equipment)
class EquipmentAdmin(HotelScopedAdmin):
    """Equipment that is maintained."""

    list_display = ["code", "name", "hotel", "room", "retired_date"]
    list_filter = ["retired_date"]
    list_select_related = ["hotel", "room"]
    search_fields = ["code", "name", "room__number"]
    autocomplete_fields = ["hotel", "room"]
    inlines = [PlanInline]


@admin.register(MaintenancePlan)
class MaintenancePlanAdmin(HotelScopedAdmin):
    """Maintenance plans: intervals at which equipment is serviced."""

    form = ChecklistForm
    list_display = [
        "name",
        "equipment",
        hotel_column("equipment__hotel"),
        "interval_value",
        "interval_unit",
        "mode",
        "next_due_date",
        "active",
    ]
    list_filter = ["mode", "active"]
    list_select_related = ["equipment__hotel"]
    search_fields = ["name", "equipment__code", "equipment__name"]
    autocomplete_fields = ["equipment"]
    readonly_fields = ["next_due_date"]


@admin.register(WorkOrder)
class WorkOrderAdmin(HotelScopedAdmin):
    """Work orders, created from plans or by hand."""

    form = ChecklistForm
    needs = Action.MAINTAIN
    deletes = False  # users cancel: the plan would create a deleted order again
    list_display = [
        "number",
        "title",
        "hotel",
        "equipment",
        "kind",
        "priority",
        "status",
        "due_date",
        "assignee",
        instant_column("completed_at"),
    ]
    list_filter = ["status", "priority", "kind"]
    list_select_related = ["hotel", "equipment", "assignee"]
    list_dates = "due_date"
    search_fields = ["number", "title", "equipment__code", "equipment__name"]
    autocomplete_fields = ["hotel", "equipment", "plan", "assignee"]
    readonly_fields = [
        "kind",
        "plan",
        "missed_cycles",
        "missed_from_date",
        "created_at",
        "completed_at",
    ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the order and set when it was created and completed.

        A plan that counts from the last service takes its next due date from the completion.
        """
        now = timezone.now()
        if not change:
            obj.created_at = now
        note_completion(obj, now=now)
        super().save_model(request, obj, form, change)
