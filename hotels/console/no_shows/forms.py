"""The form for the note that explains a manager's decision about a no-show."""

from django import forms
from django.utils.translation import gettext_lazy as _

from hotels.console.text_field import WrittenText


class NoteForm(forms.Form):
    """The reason for a decision; it is stored with the no-show record."""

    note = WrittenText(
        label=_("Reason"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=_("Stored with the no-show record."),
    )
