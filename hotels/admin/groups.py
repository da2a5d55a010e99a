"""Admin of hotel groups, for superusers: a group spans hotels that no other user sees together."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from hotels.admin.audited import RecordedAdmin
from hotels.admin.bounded_lists import FilteredAdmin
from hotels.admin.columns import LINK
from hotels.models import HotelGroup

if TYPE_CHECKING:

    class _Groups(FilteredAdmin, RecordedAdmin): ...

else:
    from unfold.admin import ModelAdmin

    class _Groups(FilteredAdmin, RecordedAdmin, ModelAdmin): ...


@admin.register(HotelGroup)
class HotelGroupAdmin(_Groups):
    """Groups with their limits; the form of a hotel says to which one it belongs."""

    list_display = ["name", "hotels_at_once", "number_of_hotels"]
    search_fields = ["name"]
    ordering = ["name"]
    fields = ["name", "hotels_at_once"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[HotelGroup]:
        """Count the hotels."""
        rows: QuerySet[HotelGroup] = super().get_queryset(request)
        return rows.annotate(hotel_count=Count("hotels"))

    @admin.display(description=_("hotels"))
    def number_of_hotels(self, group: Any) -> SafeString:
        """Number of hotels, as a link to their list."""
        url = f"{reverse('admin:hotels_hotel_changelist')}?group={group.pk}"
        return format_html('<a class="{}" href="{}">{}</a>', LINK, url, group.hotel_count)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only; a group with hotels is protected."""
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser
