"""Forms for alert rules and chat channels."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hotels.console.text_field import WrittenText
from hotels.models import Hotel
from jobs import queue, registry
from jobs.alerts.rules import RuleValues
from jobs.models import JOB_KINDS, AlertKind, AlertRule

# The kinds of rules that use a field; the other fields are of every kind.
_ALERTS = tuple(kind for kind in AlertKind if kind != AlertKind.DIGEST)
_KINDS: Mapping[str, Collection[AlertKind]] = {
    "jobs": JOB_KINDS,
    "times": (AlertKind.FAILED,),
    "factor": (AlertKind.SLOW,),
    "minutes": (
        *(AlertKind.LATE, AlertKind.TICK, AlertKind.WORKER, AlertKind.OUTBOX),
        AlertKind.INVOICES,
    ),
    "digest_at": (AlertKind.DIGEST,),
    # A silence of the tick is about no hotel.
    "open_at": tuple(kind for kind in _ALERTS if kind != AlertKind.TICK),
    **dict.fromkeys(("close_after", "recovery", "critical", "quiet_from", "quiet_until"), _ALERTS),
    **dict.fromkeys(("escalate_after", "escalation_emails", "escalation_channels"), _ALERTS),
}
_HELP: Mapping[str, str | Promise] = {
    "name": _("For you: the messages name it."),
    "jobs": _("Tick none for all jobs."),
    "times": _("With 2, the first failure sends nothing."),
    "factor": _("A run is slow if it takes this many times as long as 95 % of its runs."),
    "minutes": _("How long it must last before an alert opens."),
    "open_at": _("One message for all of them; with 3, trouble in one or two sends nothing."),
    "close_after": _("How long all must be well, so that a short recovery sends nothing."),
    "emails": _("One on each line, ten at most."),
    "quiet_from": _("In hotel time. What happens then is sent when the quiet hours end."),
    "critical": _("For what has to wake someone up."),
    "digest_at": _("In hotel time: last night at your hotels, in one message."),
    "escalate_after": _("Empty: never."),
    "escalation_emails": _("One on each line, ten at most."),
}
_OF_WORKERS = _(
    "A rule about workers opens when none is at work, even if nothing waits, and when executions "
    "wait for one."
)
_WITHOUT_QUEUE = _(
    "JOBS_EXECUTOR is not set to queue: there are no workers, and a rule about them sends nothing."
)
_WIDE = ("kind", "jobs", "hotels", "channels", "escalation_channels", "emails", "escalation_emails")

_SEPARATORS = re.compile(r"[\s,;]+")


class AddressList(forms.CharField):
    """E-mail addresses, on lines or separated by commas or spaces; the rule checks each."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 3000)
        attributes = {"rows": 3, "spellcheck": "false", "autocapitalize": "off"}
        super().__init__(required=False, widget=forms.Textarea(attrs=attributes), **options)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored list with one address on each line."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        """Return the addresses."""
        return [part for part in _SEPARATORS.split(super().clean(value)) if part]


def _time() -> forms.TimeField:
    return forms.TimeField(
        required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )


def _of(name: str) -> Any:
    return getattr(AlertRule._meta.get_field(name), "verbose_name", name)


@dataclass(frozen=True, kw_only=True)
class ShownField:
    """A field with its help; it is shown for the kinds named in `kinds`, or for all if empty.

    `unless` names a box: while it is ticked, the field does not count and is not shown. A note is
    shown for its kind alone.
    """

    field: forms.BoundField
    help: str | Promise = ""
    kinds: str = ""
    unless: str = ""
    wide: bool = False
    notes: Sequence[tuple[AlertKind, str | Promise]] = ()


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """All values of a rule. It validates the fields; `save_rule` what they mean together."""

    name = WrittenText(label=_("Name"), max_length=80)
    hotels = forms.ModelMultipleChoiceField(
        label=_("Hotels"),
        queryset=Hotel.objects.none(),
        required=False,
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
    )
    jobs = forms.MultipleChoiceField(
        label=_("Jobs"), required=False, widget=forms.CheckboxSelectMultiple
    )
    quiet_from = _time()
    quiet_until = _time()
    digest_at = _time()
    emails = AddressList()
    escalation_emails = AddressList()

    class Meta:
        model = AlertRule
        fields = tuple(RuleValues.__dataclass_fields__)
        widgets = {
            "channels": forms.CheckboxSelectMultiple,
            "escalation_channels": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, hotels: Any, channels: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["hotels"].queryset = hotels
        fields["kind"].choices = AlertKind.choices
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
    def sections(self) -> list[tuple[Any, list[ShownField]]]:
        """The fields in groups, each with its heading."""
        groups: list[tuple[Any, tuple[str, ...]]] = [
            (_("What"), ("name", "kind", "times", "factor", "minutes", "jobs", "enabled")),
            (_("Where"), ("all_hotels", "hotels", "open_at", "close_after")),
            (_("Who"), ("emails", "channels", "recovery")),
            (_("When"), ("digest_at", "quiet_from", "quiet_until", "critical")),
            (
                _("If it is not acknowledged"),
                ("escalate_after", "escalation_emails", "escalation_channels"),
            ),
        ]
        return [(title, [self._shown(name) for name in names]) for title, names in groups]

    def _shown(self, name: str) -> ShownField:
        return ShownField(
            field=self[name],
            help=_HELP.get(name, ""),
            kinds=" ".join(_KINDS.get(name, ())),
            unless="all_hotels" if name == "hotels" else "",
            wide=name in _WIDE,
            notes=_kind_notes() if name == "kind" else (),
        )


def _kind_notes() -> Sequence[tuple[AlertKind, str | Promise]]:
    return [(AlertKind.WORKER, _OF_WORKERS if queue.is_used() else _WITHOUT_QUEUE)]


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
