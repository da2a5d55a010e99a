"""Forms for alert rules and chat channels."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hotels.console.text_field import WrittenText
from hotels.models import Hotel
from jobs import registry
from jobs.alerts.rules import RuleValues
from jobs.models import AlertRule

_SEPARATORS = re.compile(r"[\s,;]+")


class AddressList(forms.CharField):
    """E-mail addresses, separated by commas, spaces or lines; the rule checks each."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 3000)
        super().__init__(required=False, **options)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored list with commas."""
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        """Return the addresses."""
        return [part for part in _SEPARATORS.split(super().clean(value)) if part]


def _time() -> forms.TimeField:
    return forms.TimeField(
        required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )


def _of(name: str) -> Any:
    return getattr(AlertRule._meta.get_field(name), "verbose_name", name)


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """All values of a rule. It validates the fields; `save_rule` what they mean together."""

    name = WrittenText(label=_("Name"), max_length=80)
    hotels = forms.ModelMultipleChoiceField(
        label=_("Hotels"),
        queryset=Hotel.objects.none(),
        required=False,
        to_field_name="code",
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    jobs = forms.MultipleChoiceField(
        label=_("Jobs"), required=False, help_text=_("Choose none for all jobs.")
    )
    quiet_from = _time()
    quiet_until = _time()
    digest_at = _time()
    emails = AddressList()
    escalation_emails = AddressList()

    class Meta:
        model = AlertRule
        fields = tuple(RuleValues.__dataclass_fields__)

    def __init__(self, *args: Any, hotels: Any, channels: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["hotels"].queryset = hotels
        fields["jobs"].choices = [(job.name, job.title) for job in registry.all_jobs()]
        for name in ("channels", "escalation_channels"):
            fields[name].queryset = channels
        for name in ("quiet_from", "quiet_until", "digest_at", "emails", "escalation_emails"):
            fields[name].label = _of(name)

    def _post_clean(self) -> None:
        """Leave the rule itself alone: `save_rule` changes it."""

    def values(self) -> RuleValues:
        """The values of a valid form."""
        return RuleValues(**{name: _plain(value) for name, value in self.cleaned_data.items()})

    @property
    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields in groups, each with its heading."""
        groups: list[tuple[Any, tuple[str, ...]]] = [
            (_("What"), ("name", "kind", "enabled", "jobs", "times", "factor", "minutes")),
            (_("Where"), ("all_hotels", "hotels", "open_at", "close_after")),
            (_("Who"), ("emails", "channels", "recovery")),
            (_("When"), ("critical", "quiet_from", "quiet_until", "digest_at")),
            (
                _("If it is not acknowledged"),
                ("escalate_after", "escalation_emails", "escalation_channels"),
            ),
        ]
        return [(title, [self[name] for name in names]) for title, names in groups]


def _plain(value: Any) -> Any:
    return list(value) if hasattr(value, "model") else value


class ChannelForm(forms.Form):
    """Name and secret address of a channel."""

    name = WrittenText(label=_("Name"), max_length=80)
    address = forms.CharField(
        label=_("Secret address"),
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "slack://"}),
    )
