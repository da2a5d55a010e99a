"""Forms of the pages that issue credit notes."""

from django import forms

LONGEST_REASON = 200  # as long as a document stores it


class CreditNoteForm(forms.Form):
    """The reason for the credit note, and the state of the preview the user saw."""

    state = forms.CharField(required=False)
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
    )
