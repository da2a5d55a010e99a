"""Admin of the calculated room availability."""

from django.contrib import admin

from hotels.admin.base import ReadOnlyAdmin
from hotels.admin.columns import instant_column, percent_column
from hotels.models import RoomAvailability


@admin.register(RoomAvailability)
class RoomAvailabilityAdmin(ReadOnlyAdmin):
    """Read-only: the next recalculation would overwrite manual changes."""

    list_display = [
        "date",
        "hotel",
        "room_type",
        "total_rooms",
        "out_of_order",
        "occupied_rooms",
        "available_rooms",
        "overbooked_by",
        percent_column("occupancy_rate"),
        instant_column("updated_at"),
    ]
    list_filter = ["date"]
    list_select_related = ["hotel", "room_type"]
    list_dates = "date"
    ordering = ["date", "hotel", "room_type", "pk"]
    search_fields = ["room_type__code", "room_type__name"]
    autocomplete_fields = ["hotel", "room_type"]
