"""The cleaning of rooms."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hotels.admin.base import HotelScopedAdmin
from hotels.admin.columns import instant_column
from hotels.admin.form_choices import OneHotelForm
from hotels.housekeeping.finishing import clean_room, guest_in_the_way
from hotels.housekeeping.manual_assignment import note_assignee
from hotels.models import HousekeepingTask
from hotels.roles import Action

Status = HousekeepingTask.Status
FINISHED = (Status.DONE, Status.INSPECTED)


class HousekeepingTaskForm(OneHotelForm):
    """A room is left before its departure clean is finished."""

    def _post_clean(self) -> None:
        """Refuse to finish what the guest is still in the way of; asked of the task as posted."""
        super()._post_clean()  # type: ignore[misc]
        task: HousekeepingTask = self.instance
        if self.errors or "status" not in self.changed_data or task.status not in FINISHED:
            return
        if guest := guest_in_the_way(task):
            words = _("The guest is still in the room: %(guest)s has not left.")
            self.add_error("status", words % {"guest": guest})


@admin.register(HousekeepingTask)
class HousekeepingTaskAdmin(HotelScopedAdmin):
    """Tasks of the round, and those people add; what a person touched the round leaves alone."""

    form = HousekeepingTaskForm
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
        """Which clean it is, is settled when it is made."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "room", "date", "kind"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Note who assigned it, when it was begun and done, and that the room is clean then."""
        now = timezone.now()
        if not change:
            obj.created_at = now
        if "assignee" in form.changed_data:
            note_assignee(obj)
        if obj.status == Status.IN_PROGRESS:
            obj.started_at = obj.started_at or now
        if obj.status in FINISHED:
            obj.completed_at = obj.completed_at or now
        super().save_model(request, obj, form, change)
        if "status" in form.changed_data:
            clean_room(obj)
