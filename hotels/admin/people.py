"""Admin of staff, shifts and staff access."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.forms import TextInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from hotels.admin.base import HotelScopedAdmin, HotelScopedInline
from hotels.admin.columns import hotel_column
from hotels.audit import Verb
from hotels.http.access import request_access
from hotels.models import Membership, Shift, StaffMember
from hotels.roles import Action


@admin.register(Membership)
class MembershipAdmin(HotelScopedAdmin):
    """Staff access: roles of users in hotels, changed and ended by administrators of the hotel.

    A person becomes a member by accepting an invitation, and returns with another one after the
    access was ended; only superusers add people by user name and renew an ended access. Only role
    and status of a stored membership can be changed. User and hotel are fixed, so that a role
    cannot be moved to a hotel whose access the administrator does not manage.
    """

    needs = needs_to_delete = Action.GRANT
    added, deleted = Verb.GRANT, Verb.REVOKE
    list_display = ["user", "hotel", "role", "active"]
    list_filter = ["role", "active"]
    list_select_related = ["user", "hotel"]
    search_fields = ["user__username", "user__first_name", "user__last_name", "user__email"]
    autocomplete_fields = ["hotel"]
    actions_list = ["invite"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only superusers add people by user name: others could try out which names exist."""
        return request_access(request).everywhere and super().has_add_permission(request, obj)

    def has_invite_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may invite people to some hotel."""
        return self.allows(request, Action.GRANT)

    @action(  # type: ignore[untyped-decorator]  # unfold has no types
        description=_("Invite a person"), permissions=["invite"], url_path="invite"
    )
    def invite(self, request: HttpRequest) -> HttpResponse:
        """Go to the page of the invitations."""
        return redirect("hotels:invitations")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Return the memberships found by name, and by e-mail address where the user grants them.

        What can be searched can be read letter by letter, although the list does not show it. So
        full names and addresses of former members are not searched.
        """
        access = request_access(request)
        if access.everywhere:
            return super().get_search_results(request, queryset, search_term)
        granted = access.hotel_ids(action=Action.GRANT)
        for bit in search_term.replace("\x00", "").split():
            named = Q(user__first_name__icontains=bit) | Q(user__last_name__icontains=bit)
            addressed = Q(user__email__icontains=bit, hotel__in=granted)
            of_member = Q(named | addressed, active=True)
            queryset = queryset.filter(Q(user__username__icontains=bit) | of_member)
        return queryset, False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make the user of a stored membership read-only, and the status of an ended one."""
        fields = super().get_readonly_fields(request, obj)
        if obj is None:
            return fields
        ended = not (obj.active or request_access(request).everywhere)
        return [*fields, "user", *(["active"] if ended else [])]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Take the user name as text: the users of other hotels must not be listed."""
        if db_field.name == "user":
            users = get_user_model()
            kwargs |= {
                "queryset": users._default_manager.filter(is_active=True),
                "to_field_name": users.USERNAME_FIELD,
                "widget": TextInput(attrs={"class": "vTextField"}),
                "help_text": _("Enter the exact user name."),
                "error_messages": {"invalid_choice": _("No active user has this name.")},
            }
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ShiftInline(HotelScopedInline):
    """The shifts and leave of a staff member."""

    model = Shift
    ordering = ["-date"]


@admin.register(StaffMember)
class StaffMemberAdmin(HotelScopedAdmin):
    """Staff to whom tasks and work orders are assigned."""

    list_display = ["name", "hotel", "role", "credits_per_day", "home_floor", "active"]
    list_filter = ["role", "active"]
    list_select_related = ["hotel"]
    search_fields = ["name"]
    autocomplete_fields = ["hotel"]
    inlines = [ShiftInline]

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Let superusers search all users; others choose from a list of their hotels' users."""
        fields = super().get_autocomplete_fields(request)
        return [*fields, "user"] if request_access(request).everywhere else [*fields]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only users of the hotels whose staff the user may change."""
        reach = request_access(request)
        if db_field.name == "user" and not reach.everywhere:
            own = reach.hotel_ids(action=self.needs)
            kwargs["queryset"] = (
                get_user_model()
                ._default_manager.filter(
                    Q(memberships__hotel__in=own, memberships__active=True)
                    | Q(staff_profiles__hotel__in=own)
                )
                .distinct()
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Shift)
class ShiftAdmin(HotelScopedAdmin):
    """Shifts: one row per staff member and date."""

    list_display = ["date", "staff", hotel_column("staff__hotel"), "kind"]
    list_filter = ["kind"]
    list_select_related = ["staff__hotel"]
    list_dates = "date"
    search_fields = ["staff__name"]
    autocomplete_fields = ["staff"]
