"""Forms for webhook endpoints and for the period of a replay."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hotels.console.text_field import WrittenText
from hotels.models import Hotel
from hotels.notifications.outbox import event_types
from hotels.notifications.webhooks.urls import LONGEST_URL


class EndpointForm(forms.Form):
    """URL, description and events of an endpoint."""

    url = WrittenText(
        label=gettext_lazy("URL"),
        max_length=LONGEST_URL,
        widget=forms.TextInput(attrs={"type": "url", "placeholder": "https://"}),
    )
    description = WrittenText(label=gettext_lazy("Description"), max_length=120, required=False)
    events = forms.MultipleChoiceField(label=gettext_lazy("Events"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        events = self.fields["events"]
        assert isinstance(events, forms.MultipleChoiceField)
        events.choices = [(name, kind.label) for name, kind in event_types().items()]

    @property
    def event_rows(self) -> list[dict[str, Any]]:
        """Name and label of each type, and whether it is chosen."""
        chosen = self["events"].value() or []
        return [
            {"name": name, "label": kind.label, "chosen": name in chosen}
            for name, kind in event_types().items()
        ]


class NewEndpointForm(EndpointForm):
    """A new endpoint: of one hotel, or of all hotels the user manages."""

    hotel = forms.ModelChoiceField(
        label=gettext_lazy("Hotel"),
        queryset=Hotel.objects.none(),
        required=False,
        empty_label=gettext_lazy("All hotels that I manage, now or later"),
        to_field_name="code",
    )
    field_order = ("hotel", "url", "description", "events")

    def __init__(self, *args: Any, hotels: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        hotel = self.fields["hotel"]
        assert isinstance(hotel, forms.ModelChoiceField)
        hotel.queryset = hotels


class ReplayForm(forms.Form):
    """The first and the last day to replay, in the time zone of the endpoint's hotel."""

    first = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"})
    )
    last = forms.DateField(label=gettext_lazy("To"), widget=forms.DateInput(attrs={"type": "date"}))
    accepted_too = forms.BooleanField(label=gettext_lazy("Also what was accepted"), required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a last day before the first."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day is before the first."))
        return cleaned

    def options(self, *, zone: ZoneInfo) -> dict[str, Any]:
        """Return the arguments of a replay that the form decides."""
        data = self.cleaned_data
        after = data["last"] + timedelta(days=1)
        return {
            "since": datetime.combine(data["first"], time(), tzinfo=zone),
            "until": datetime.combine(after, time(), tzinfo=zone),
            "accepted_too": data["accepted_too"],
        }
