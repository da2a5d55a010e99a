"""Logins, which only superusers keep: Django's admins in the console's frame."""

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

from hotels import audit
from hotels.admin.audited import RecordedAdmin
from hotels.admin.bounded_lists import FilteredAdmin
from hotels.audit import Verb

if TYPE_CHECKING:

    class _Users(FilteredAdmin, RecordedAdmin, DjangoUserAdmin[User]): ...

    class _Groups(FilteredAdmin, RecordedAdmin, DjangoGroupAdmin): ...

else:

    class _Users(FilteredAdmin, RecordedAdmin, DjangoUserAdmin, ModelAdmin): ...

    class _Groups(FilteredAdmin, RecordedAdmin, DjangoGroupAdmin, ModelAdmin): ...


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

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """In one transaction, as the other pages are: the password, and who set it."""
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)


@admin.register(Group)
class GroupAdmin(_Groups):
    """Kept by Django; roles in hotels are memberships, which ask no group."""


@transaction.atomic
def change_own_password(request: HttpRequest) -> HttpResponse:
    """The admin's page for one's own password, recorded."""
    person = User.objects.get(username=request.user.get_username())
    response = admin.site.password_change(request)
    after = User.objects.get(pk=person.pk)
    if after.password != person.password:
        audit.record(
            by=person,
            verb=Verb.CHANGE,
            row=after,
            before=audit.snapshot(person),
            after=audit.snapshot(after),
            now=timezone.now(),
        )
    return response
