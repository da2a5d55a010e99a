"""Form for a new API token of the user."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from hotels.console.text_field import WrittenText
from hotels.http.login import check_password
from hotels.models import Hotel
from hotels.models.api_token import DEFAULT_LIFETIME

LIFETIMES = (7, 30, DEFAULT_LIFETIME.days, 180, 365)
_DAYS = ngettext_lazy("%(count)s day", "%(count)s days", "count")


class TokenForm(forms.Form):
    """Label, hotels, rights and lifetime of a token, and the user's password.

    Tokens are created only with a password: a stolen session is then worth no more than itself.
    """

    label = WrittenText(label=_("Used for"), max_length=80)
    hotels = forms.ModelMultipleChoiceField(
        label=_("Hotels"),
        queryset=Hotel.objects.none(),
        required=False,
        to_field_name="code",
        help_text=_("Choose none for all your hotels, also future ones."),
        widget=forms.SelectMultiple(attrs={"size": 4}),
    )
    read_only = forms.BooleanField(label=_("Read only"), required=False)
    days = forms.TypedChoiceField(label=_("Valid for"), coerce=int, initial=DEFAULT_LIFETIME.days)
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(
        self, *args: Any, request: HttpRequest, hotels: QuerySet[Hotel], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._request = request
        days, chosen = self.fields["days"], self.fields["hotels"]
        assert isinstance(days, forms.TypedChoiceField)
        assert isinstance(chosen, forms.ModelMultipleChoiceField)
        days.choices = [(each, _DAYS % {"count": each}) for each in LIFETIMES]
        chosen.queryset = hotels

    def clean(self) -> dict[str, Any]:
        """Check the password, once all else is right; raises LoginRefused after too many."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        user = self._request.user
        assert isinstance(user, User)
        if not self.errors and not check_password(
            request=self._request,
            account=user.get_username(),
            matches=lambda: user.check_password(cleaned["password"]),
        ):
            self.add_error("password", ValidationError(_("Wrong password.")))
        return cleaned

    def token_options(self) -> dict[str, Any]:
        """Arguments of `hotels.http.tokens.issue` that the form decides."""
        data = self.cleaned_data
        hotels: Collection[Hotel] = list(data["hotels"])
        return {
            "label": data["label"],
            "hotels": hotels or None,
            "read_only": data["read_only"],
            "lifetime": timedelta(days=data["days"]),
        }
