"""Admin of equipment, maintenance plans and work orders."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from hotels.admin.base import HotelScopedAdmin, HotelScopedInline
from hotels.admin.columns import hotel_column, instant_column
from hotels.admin.maintenance_forms import ChecklistForm, PlanForm
from hotels.maintenance.events import publish_completed, publish_created
from hotels.maintenance.plans import refresh_next_due_dates, save_equipment, save_plan
from hotels.maintenance.work_orders import note_completion
from hotels.models import Equipment, MaintenancePause, MaintenancePlan, WorkOrder
from hotels.roles import Action


class PlanInline(HotelScopedInline):
    """The maintenance plans of a piece of equipment."""

    model = MaintenancePlan
    form = PlanForm
    fields = [
        "name",
        "interval_value",
        "interval_unit",
        "mode",
        "anchor_date",
        "lead_days",
        "active",
        "next_due_date",
        "confirmed",
    ]
    readonly_fields = ["next_due_date"]


@admin.register(Equipment)
class EquipmentAdmin(HotelScopedAdmin):
    """Equipment that is maintained."""

    list_display = ["code", "name", "hotel", "room", "installed_date", "retired_date"]
    list_filter = ["retired_date"]
    list_select_related = ["hotel", "room"]
    search_fields = ["code", "name", "room__number"]
    autocomplete_fields = ["hotel", "room"]
    inlines = [PlanInline]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the equipment, the pause if it was retired, and its plans' next due dates."""
        save_equipment(equipment=obj, today=obj.hotel.business_date(timezone.now()))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the plans of the inline and what follows from their changes."""
        changed = formset.save(commit=False)
        for plan in formset.deleted_objects:
            plan.delete()
        for plan in changed:
            _save_plan(plan)


@admin.register(MaintenancePlan)
class MaintenancePlanAdmin(HotelScopedAdmin):
    """Maintenance plans: intervals at which equipment is serviced."""

    form = PlanForm
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
    readonly_fields = ["counted_from_date", "off_since_date", "next_due_date"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the plan and what follows from its changes."""
        _save_plan(obj)


def _save_plan(plan: MaintenancePlan) -> None:
    save_plan(plan=plan, today=plan.equipment.hotel.business_date(timezone.now()))


@admin.register(MaintenancePause)
class MaintenancePauseAdmin(HotelScopedAdmin):
    """Periods without due dates: recorded by the system, corrected or added by users."""

    list_display = ["equipment", "plan", "start_date", "end_date"]
    list_select_related = ["equipment", "plan__equipment"]
    list_dates = "start_date"
    search_fields = ["equipment__code", "equipment__name", "plan__name"]
    autocomplete_fields = ["equipment", "plan"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the pause and the next due dates that follow."""
        super().save_model(request, obj, form, change)
        _refresh(obj.equipment)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete the pause and save the next due dates that follow."""
        super().delete_model(request, obj)
        _refresh(obj.equipment)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete the pauses and save the next due dates that follow."""
        equipment = [*Equipment.objects.filter(pauses__in=queryset).distinct()]
        super().delete_queryset(request, queryset)
        for item in equipment:
            _refresh(item)


def _refresh(equipment: Equipment) -> None:
    today = equipment.hotel.business_date(timezone.now())
    refresh_next_due_dates(equipment=equipment, today=today)


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
        "cycle_date",
        "settled_cycle_date",
        "missed_cycles",
        "missed_from_date",
        "created_at",
        "completed_at",
    ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the order and set when it was created and completed.

        The completion decides what its plan needs next.
        """
        now = timezone.now()
        if not change:
            obj.created_at = now
        note_completion(obj, now=now)
        super().save_model(request, obj, form, change)
        if not change:
            publish_created([obj], now=now)
        if "status" in form.changed_data and obj.status == WorkOrder.Status.COMPLETED:
            publish_completed(obj, now=now)
