"""Forms of the payment pages: what to do, and the confirmation of its preview.

What to do is typed in the user's language. The preview hands it to the confirmation in hidden
fields, `plain`, so that an amount means the same whatever the language is by then.
"""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels import formats
from hotels.console.amount_field import AmountField
from hotels.console.text_field import WrittenText
from hotels.models import Folio, Payment

LONGEST_REASON = 400


class FolioField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in stubs
    """A choice among folios, each with its payer."""

    def label_from_instance(self, obj: Any) -> str:
        """Return `B1#2 · Ana Silva`."""
        return f"{obj} · {obj.payer.name}"


class ChoiceForm(forms.Form):
    """Base of the forms that say what to do; `plain` reads what `hidden_values` returned."""

    def __init__(self, *args: Any, plain: bool = False, **options: Any) -> None:
        self.plain = plain
        super().__init__(*args, **options)

    def hidden_values(self) -> list[tuple[str, str]]:
        """Names and plain texts of the valid form's values."""
        return [(name, _text(value)) for name, value in self.cleaned_data.items() if value]


class RecordForm(ChoiceForm):
    """Amount and method of a payment."""

    def __init__(self, *args: Any, folio: Folio, due: Decimal, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"] = AmountField(
            currency=folio.currency,
            plain=self.plain,
            label=_labelled(folio.currency),
            initial=formats.plain_amount(due, currency=folio.currency) if due > 0 else "",
        )
        self.fields["method"] = WrittenText(
            label=_("Method (such as cash, card or bank transfer)"), max_length=40, required=False
        )
        self.fields["is_deposit"] = forms.BooleanField(
            label=_("Deposit (paid before arrival)"), required=False
        )


class RefundForm(ChoiceForm):
    """Amount of a refund."""

    def __init__(self, *args: Any, payment: Payment, **options: Any) -> None:
        super().__init__(*args, **options)
        left = formats.plain_amount(payment.received, currency=payment.currency)
        self.fields["amount"] = AmountField(
            currency=payment.currency,
            plain=self.plain,
            label=_labelled(payment.currency),
            initial=left,
        )


class MoveForm(ChoiceForm):
    """The folio to which a payment is moved."""

    def __init__(self, *args: Any, folios: QuerySet[Folio], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"] = FolioField(folios, label=_("Folio"), empty_label=None)


class ConfirmForm(forms.Form):
    """The reason, and the version of payments and balances that the preview showed."""

    version = forms.CharField(max_length=64)
    reason = WrittenText(
        label=_("Reason (stays on file)"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
    )


class ConfirmRecordForm(ConfirmForm):
    """An optional note, and the key of this form: it records one payment."""

    key = forms.UUIDField()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].label = _("Note (optional, stays on file)")
        self.fields["reason"].required = False


def _labelled(currency: str) -> str:
    return gettext("Amount in %(currency)s") % {"currency": currency}


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Folio):
        return str(value.pk)
    return "on" if value is True else str(value)
