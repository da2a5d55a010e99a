"""Logins, which only superusers keep: Django's admins in the console's frame."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

if TYPE_CHECKING:

    class _Users(DjangoUserAdmin[User]): ...

    class _Groups(DjangoGroupAdmin): ...

else:

    class _Users(DjangoUserAdmin, ModelAdmin): ...

    class _Groups(DjangoGroupAdmin, ModelAdmin): ...


admin.site.unregister([User, Group])


@admin.register(User)
class UserAdmin(_Users):
    """Who may log in; what they may do where is said by their memberships."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    # Nothing asks the groups and permissions Django keeps for a user: they are no choice to offer.
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    filter_horizontal = ()
    list_filter = ("is_staff", "is_superuser", "is_active")


@admin.register(Group)
class GroupAdmin(_Groups):
    """Kept by Django; roles in hotels are memberships, which ask no group."""
