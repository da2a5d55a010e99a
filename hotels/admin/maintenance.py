"""Equipment, its plans, and the orders that come of them."""

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
    """A checklist is the steps in words, none where it was left empty."""

    def clean_checklist(self) -> list[str]:
        """Refuse other JSON: orders copy the list, and people read it line by line."""
        steps = self.cleaned_data["checklist"] or []
        words = isinstance(steps, list) and all(isinstance(s, str) and s.strip() for s in steps)
        if not words:
            raise ValidationError(_('Write a list of steps, such as ["Switch off", "Test run"].'))
        return list(steps)


class PlanInline(HotelScopedInline):
    """The plans of a piece of equipment."""

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
    """Things that are kept in order."""

    list_display = ["code", "name", "hotel", "room", "retired_date"]
    list_filter = ["retired_date"]
    list_select_related = ["hotel", "room"]
    search_fields = ["code", "name", "room__number"]
    autocomplete_fields = ["hotel", "room"]
    inlines = [PlanInline]


@admin.register(MaintenancePlan)
class MaintenancePlanAdmin(HotelScopedAdmin):
    """When equipment is due."""

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
    """Orders of the plans, and those people write."""

    form = ChecklistForm
    needs = Action.MAINTAIN
    deletes = False  # cancelled instead: the plan would order it again
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
        """Note when it was written and when it was done: a floating plan counts from there."""
        now = timezone.now()
        if not change:
            obj.created_at = now
        note_completion(obj, now=now)
        super().save_model(request, obj, form, change)
