"""Forms for a new invitation and for the account of the person who accepts it."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from hotels.console.text_field import WrittenText
from hotels.models import Hotel, Membership

if TYPE_CHECKING:
    Creation = UserCreationForm[User]
else:
    Creation = UserCreationForm


class InvitationForm(forms.Form):
    """Hotel and role of an invitation, and a note on whom it is for."""

    hotel = forms.ModelChoiceField(label=_("Hotel"), queryset=Hotel.objects.none())
    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices)
    recipient = WrittenText(label=_("For"), max_length=254, required=False)

    def __init__(self, *args: Any, hotels: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        hotel = self.fields["hotel"]
        assert isinstance(hotel, forms.ModelChoiceField)
        hotel.queryset = hotels
        hotel.to_field_name = "code"


class NewAccountForm(Creation):
    """User name and password, twice, of a new account; `save(commit=False)` makes the user."""

    class Meta:
        model = User
        fields = ("username",)
        widgets: ClassVar[dict[str, Any]] = {"username": UnfoldAdminTextInputWidget()}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("password1", "password2"):
            attributes = {"autocomplete": "new-password"}
            self.fields[name].widget = UnfoldAdminPasswordWidget(attrs=attributes)
