"""Django's admins of users and groups in the console's layout, for superusers only."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from hotels.admin.audited import RecordedAdmin
from hotels.admin.bounded_lists import FilteredAdmin
from hotels.audit import Via
from hotels.http import credentials
from hotels.parsing import parse_key

if TYPE_CHECKING:

    class _Users(FilteredAdmin, RecordedAdmin, DjangoUserAdmin[User]): ...

    class _Groups(FilteredAdmin, RecordedAdmin, DjangoGroupAdmin): ...

else:

    class _Users(FilteredAdmin, RecordedAdmin, DjangoUserAdmin, ModelAdmin): ...

    class _Groups(FilteredAdmin, RecordedAdmin, DjangoGroupAdmin, ModelAdmin): ...


admin.site.unregister([User, Group])


@admin.register(User)
class UserAdmin(_Users):
    """Users who may log in; their memberships say what they may do in which hotel."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    # Django's groups and permissions of users are not used, so the form does not offer them.
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    filter_horizontal = ()
    list_filter = ("is_staff", "is_superuser", "is_active")

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """Change the password, end tokens and sessions, and record it in one transaction."""
        with transaction.atomic():
            before = User.objects.filter(pk=parse_key(id) or 0).first()
            response = super().user_change_password(request, id, form_url)
            after = User.objects.filter(pk=before.pk).first() if before else None
            if before and after and before.password != after.password:
                now = timezone.now()
                credentials.end_all(
                    user=after,
                    by=request.user,
                    via=Via.ADMIN,
                    now=now,
                    keep_session=request.session.session_key,
                )
            return response


@admin.register(Group)
class GroupAdmin(_Groups):
    """Django's groups; roles in hotels do not use them."""
