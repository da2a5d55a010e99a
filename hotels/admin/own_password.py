"""The page on which users change their own password."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminOwnPasswordChangeForm

from hotels import audit
from hotels.audit import Verb, Via
from hotels.http import credentials
from hotels.http.login import check_password

_TEMPLATE = "registration/password_change_form.html"


class OwnPasswordForm(AdminOwnPasswordChangeForm):  # type: ignore[misc]  # unfold has no types
    """Checks the old password within the limits of the login; ends the user's API tokens."""

    def __init__(self, user: User, *args: Any, request: HttpRequest, **options: Any) -> None:
        super().__init__(user, *args, **options)
        self._request = request
        self.fields["new_password1"].help_text += _(
            "Your API tokens and your logins in other browsers end with the old password."
        )

    def clean_old_password(self) -> str:
        """The old password; raises ValidationError if it is wrong or was not checked."""
        old = str(self.cleaned_data["old_password"])
        right = check_password(
            request=self._request,
            account=self.user.get_username(),
            matches=lambda: self.user.check_password(old),
        )
        if not right:
            raise ValidationError(
                self.error_messages["password_incorrect"], code="password_incorrect"
            )
        return old

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        """Store the new password, end tokens and other sessions, and record it."""
        before = audit.snapshot(User.objects.get(pk=self.user.pk))
        user: User = super().save(commit=commit)
        now = timezone.now()
        audit.record(
            by=user,
            verb=Verb.CHANGE,
            row=user,
            before=before,
            after=audit.snapshot(user),
            now=now,
        )
        keep = self._request.session.session_key
        credentials.end_all(user=user, by=user, via=Via.ADMIN, now=now, keep_session=keep)
        return user


def change_own_password(request: HttpRequest) -> HttpResponseBase:
    """The admin's page for the user's own password."""
    view = PasswordChangeView.as_view(
        form_class=partial(OwnPasswordForm, request=request),
        success_url=reverse_lazy("admin:password_change_done"),
        template_name=admin.site.password_change_template or _TEMPLATE,
        extra_context=admin.site.each_context(request),
    )
    return view(request)
