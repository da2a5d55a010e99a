"""The page on which an administrator changes the currency of a hotel."""

from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels.billing.currency_change import (
    CurrencyChange,
    change_currency,
    preview_currency_change,
    unsettled_folios,
)
from hotels.console.base import ConsolePage
from hotels.console.text_field import WrittenText
from hotels.errors import ActionRefused
from hotels.models import Hotel
from hotels.roles import Action


class CurrencyForm(forms.Form):
    """The new currency, the present one for comparison, and the reason."""

    to = forms.CharField(max_length=3)
    old = forms.CharField(max_length=3)
    note = WrittenText(
        label=_("Reason"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
    )


class ChangeCurrency(ConsolePage):
    """`/admin/currency/<hotel>/?to=EUR`: preview the change of a currency, then carry it out."""

    title = _("Change currency")
    required_action = Action.CHANGE_CURRENCY
    template_name = "hotels/console/currency/change.html"

    @cached_property
    def hotel(self) -> Hotel:
        """The hotel.

        Raises Http404 when it is not one of the user's, PermissionDenied when the user's role in it
        does not allow the change.
        """
        found = self.access.narrow(Hotel.objects.all(), action=Action.SEE)
        hotel = found.filter(pk=self.kwargs["pk"]).first()
        if hotel is None:
            raise Http404
        if not self.may(self.required_action, hotel):
            raise PermissionDenied
        return hotel

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the hotel, a preview once a currency is chosen, and the form to confirm it."""
        hotel, chosen = self.hotel, self.request.GET.get("to", "").strip().upper()
        preview: CurrencyChange | None = None
        refused = ""
        try:
            preview = preview_currency_change(hotel=hotel, currency=chosen) if chosen else None
        except ActionRefused as error:
            refused = str(error)
        earlier = [] if preview else list(unsettled_folios(hotel=hotel, except_in=hotel.currency))
        context: dict[str, Any] = {
            "hotel": hotel,
            "chosen": chosen,
            "preview": preview,
            "refused": refused,
            "earlier": earlier,
            "form": kwargs.get("form") or CurrencyForm(),
            "hotel_url": _hotel_url(hotel),
        }
        return super().get_context_data(**kwargs | context)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Change the currency, or show the preview again when the reason is missing."""
        hotel, user, form = self.hotel, self.user, CurrencyForm(request.POST)
        assert isinstance(user, User)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        data = form.cleaned_data
        try:
            change = change_currency(
                hotel=hotel,
                old=data["old"],
                currency=data["to"],
                user=user,
                now=self.now,
                note=data["note"],
            )
        except ActionRefused as error:
            messages.error(request, str(error))
        else:
            done = gettext("New bookings are now in %(new)s. Earlier ones stay in %(old)s.")
            messages.success(request, done % {"new": change.new, "old": change.old})
        return redirect(_hotel_url(hotel))


def _hotel_url(hotel: Hotel) -> str:
    return reverse("admin:hotels_hotel_change", args=[hotel.pk])
