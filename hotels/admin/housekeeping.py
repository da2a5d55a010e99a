"""The cleaning of rooms."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from hotels.admin.base import HotelScopedAdmin
from hotels.admin.columns import instant_column
from hotels.models import HousekeepingTask
from hotels.roles import Action

Status = HousekeepingTask.Status


@admin.register(HousekeepingTask)
class HousekeepingTaskAdmin(HotelScopedAdmin):
    """Tasks of the round, and those people add; what a person touched the round leaves alone."""

    needs = Action.CLEAN
    deletes = False  # cancelled instead: the round would make it again
    list_display = [
        "date",
        "room",
        "hotel",
        "kind",
        "priority",
        "status",
        "assignee",
        "credits",
        "linen_change",
        "source",
        instant_column("completed_at"),
    ]
    list_filter = ["date", "status", "priority", "kind", "source"]
    list_select_related = ["hotel", "room", "assignee"]
    date_hierarchy = "date"
    ordering = ["-date", "room", "pk"]
    search_fields = ["room__number", "assignee__name", "reason"]
    autocomplete_fields = ["hotel", "room", "booking_room", "assignee"]
    readonly_fields = [
        "source",
        "assigned_by_person",
        "rolled_over_from",
        "started_at",
        "completed_at",
        "created_at",
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Which clean it is, is settled when it is made."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "room", "date", "kind"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Note who assigned it, and when it was begun and done."""
        now = timezone.now()
        if not change:
            obj.created_at = now
        if "assignee" in form.changed_data:
            obj.assigned_by_person = obj.assignee is not None
            if obj.assignee and obj.status == Status.PENDING:
                obj.status = Status.ASSIGNED
        if obj.status == Status.IN_PROGRESS:
            obj.started_at = obj.started_at or now
        if obj.status in (Status.DONE, Status.INSPECTED):
            obj.completed_at = obj.completed_at or now
        super().save_model(request, obj, form, change)
