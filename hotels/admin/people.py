"""Who works in a hotel, when, and who may see it."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.forms import TextInput
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from hotels.admin.base import HotelScopedAdmin, HotelScopedInline
from hotels.admin.columns import hotel_column
from hotels.audit import Verb
from hotels.http.access import request_access
from hotels.models import Membership, Shift, StaffMember
from hotels.roles import Action


@admin.register(Membership)
class MembershipAdmin(HotelScopedAdmin):
    """Granted by administrators of the hotel, to people they can name.

    A stored membership keeps its person and its hotel: only role and state change, so that nobody
    carries a role into a hotel where they may not grant it.
    """

    needs = needs_to_delete = Action.GRANT
    added, deleted = Verb.GRANT, Verb.REVOKE
    list_display = ["user", "hotel", "role", "active"]
    list_filter = ["role", "active"]
    list_select_related = ["user", "hotel"]
    search_fields = ["user__username", "user__first_name", "user__last_name", "user__email"]
    autocomplete_fields = ["hotel"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Whose and where is settled when it is granted."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "user"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The person is typed in by name: the users of other hotels are nobody's list to browse."""
        if db_field.name == "user":
            users = get_user_model()
            kwargs |= {
                "queryset": users._default_manager.filter(is_active=True),
                "to_field_name": users.USERNAME_FIELD,
                "widget": TextInput(attrs={"class": "vTextField"}),
                "help_text": _("The user name, exactly."),
                "error_messages": {"invalid_choice": _("There is no active user of that name.")},
            }
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ShiftInline(HotelScopedInline):
    """When a person works or is on leave."""

    model = Shift
    ordering = ["-date"]


@admin.register(StaffMember)
class StaffMemberAdmin(HotelScopedAdmin):
    """People who can be given work."""

    list_display = ["name", "hotel", "role", "credits_per_day", "home_floor", "active"]
    list_filter = ["role", "active"]
    list_select_related = ["hotel"]
    search_fields = ["name", "user__username"]
    autocomplete_fields = ["hotel"]
    inlines = [ShiftInline]

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Superusers search all users; others have a list of their own people."""
        fields = super().get_autocomplete_fields(request)
        return [*fields, "user"] if request_access(request).everywhere else [*fields]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Logins of the hotels whose staff the person keeps, and no other."""
        reach = request_access(request)
        if db_field.name == "user" and not reach.everywhere:
            own = reach.hotel_ids(action=self.needs)
            kwargs["queryset"] = (
                get_user_model()
                ._default_manager.filter(
                    Q(memberships__hotel__in=own) | Q(staff_profiles__hotel__in=own)
                )
                .distinct()
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Shift)
class ShiftAdmin(HotelScopedAdmin):
    """One person's day."""

    list_display = ["date", "staff", hotel_column("staff__hotel"), "kind"]
    list_filter = ["kind"]
    list_select_related = ["staff__hotel"]
    list_dates = "date"
    search_fields = ["staff__name"]
    autocomplete_fields = ["staff"]
