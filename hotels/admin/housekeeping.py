"""Admin of housekeeping tasks."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from hotels.admin.base import HotelScopedAdmin
from hotels.admin.columns import instant_column
from hotels.admin.form_choices import OneHotelForm
from hotels.errors import ActionRefused
from hotels.housekeeping.events import publish_task
from hotels.housekeeping.finishing import (
    FINISHED,
    finish_clean,
    refuse_finish,
    refuse_reopen,
    start_clean,
)
from hotels.housekeeping.manual_assignment import apply_assignee
from hotels.models import HousekeepingTask
from hotels.roles import Action

Status = HousekeepingTask.Status


class HousekeepingTaskForm(OneHotelForm):
    """The task as posted, with the refusals to start or finish it."""

    def _post_clean(self) -> None:
        """Show a refusal to start or finish the clean beside the status."""
        super()._post_clean()  # type: ignore[misc]
        task: HousekeepingTask = self.instance
        if self.errors or "status" not in self.changed_data:
            return
        try:
            if task.status in FINISHED:
                refuse_finish(task, now=timezone.now())
            elif task.status in HousekeepingTask.OPEN_STATUSES:
                refuse_reopen(task)
        except ActionRefused as refusal:
            self.add_error("status", str(refusal))


@admin.register(HousekeepingTask)
class HousekeepingTaskAdmin(HotelScopedAdmin):
    """Automatic and manual tasks; the round does not change a task that staff changed."""

    form = HousekeepingTaskForm
    needs = Action.CLEAN
    deletes = False  # cancel instead: the round would create it again
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
    list_dates = "date"
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
        """Room, date and kind of a stored task cannot be changed."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "room", "date", "kind"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Note who assigned the task, and start or finish the clean if the status says so."""
        now = timezone.now()
        if not change:
            obj.created_at = now
        if "assignee" in form.changed_data:
            apply_assignee(obj)
        if "status" in form.changed_data and obj.status in FINISHED:
            finish_clean(task=obj, inspected=obj.status == Status.INSPECTED, now=now)
        elif obj.status == Status.IN_PROGRESS:
            start_clean(task=obj, now=now)
        else:
            super().save_model(request, obj, form, change)
            publish_task(obj, now=now)
