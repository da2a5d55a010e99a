"""The form that completes a work order."""

from django import forms
from django.utils.translation import gettext_lazy as _

from hotels.console.text_field import WrittenText


class CompletionForm(forms.Form):
    """The person who did the work and what was done; the page renders the choice of staff."""

    assignee = forms.CharField(error_messages={"required": _("Choose who did the work.")})
    done = WrittenText(
        label=_("What was done"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def note(self) -> str:
        """Return what was done; empty if the form is not valid."""
        return str(self.cleaned_data["done"]) if self.is_valid() else ""
