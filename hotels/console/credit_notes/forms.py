"""Forms of the pages that issue credit notes."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from hotels.billing.manual_credit import Credit
from hotels.console.amount_field import AmountField
from hotels.console.text_field import WrittenText
from hotels.models import Invoice

LONGEST_REASON = 200  # as long as a document stores it


class CreditNoteForm(forms.Form):
    """The reason for the credit note, and the state of the preview the user saw."""

    state = forms.CharField(required=False)
    reason = WrittenText(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
    )


class Part(models.TextChoices):
    """The part of an invoice to credit, and what happens to its charges."""

    ALL = "all", _("All that is left of the invoice")
    LINES = "lines", _("Chosen lines")
    AMOUNT = "amount", _("An amount")
    AGAIN = "again", _("Cancel the invoice and invoice its charges again")


class ManualCreditForm(CreditNoteForm):
    """The part of an invoice to credit. The reason is required to issue it, not to preview it."""

    part = forms.ChoiceField(choices=Part.choices, widget=forms.RadioSelect, initial=Part.ALL)
    lines = forms.TypedMultipleChoiceField(
        coerce=int,
        required=False,
        error_messages={"invalid_choice": _("A chosen line is not on this invoice.")},
    )

    def __init__(self, *args: Any, invoice: Invoice, issuing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lines"].choices = [  # type: ignore[attr-defined]
            (line.pk, line.shown_description) for line in invoice.lines.all()
        ]
        self.fields["amount"] = AmountField(currency=invoice.currency, required=False)
        reason = self.fields["reason"]
        reason.required = issuing
        reason.widget.attrs["required"] = True  # the button for the preview skips the validation

    def clean(self) -> dict[str, Any]:
        """Add errors for a part without its lines or amount, and for those of another part."""
        cleaned = super().clean() or {}
        part, lines, amount = cleaned.get("part"), cleaned.get("lines"), cleaned.get("amount")
        if part == Part.LINES and not lines and "lines" not in self.errors:
            self.add_error("lines", _("Choose at least one line."))
        elif part == Part.AMOUNT and amount is None and "amount" not in self.errors:
            self.add_error("amount", _("Enter the amount."))
        if part != Part.LINES and lines:
            self.add_error("part", _("You chose lines: choose “Chosen lines” too, or clear them."))
        if part != Part.AMOUNT and amount is not None:
            self.add_error("part", _("You entered an amount: choose “An amount” too, or clear it."))
        return cleaned

    def credit(self) -> Credit:
        """Return the part to credit; the form must be valid."""
        part = self.cleaned_data["part"]
        return Credit(
            lines=tuple(self.cleaned_data["lines"]) if part == Part.LINES else None,
            amount=self.cleaned_data["amount"] if part == Part.AMOUNT else None,
            invoice_again=part == Part.AGAIN,
        )
