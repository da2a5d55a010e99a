"""The field of the console's forms for an amount of money."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from hotels import formats, money
from hotels.billing.payment_checks import AmountRefused, checked_amount

EXAMPLE = Decimal("1234.5")


class AmountField(forms.CharField):
    """An amount in `currency`, above zero, with no more decimals than the currency has.

    It is typed in the user's language; `plain` reads the text of a Decimal instead.
    """

    def __init__(self, *, currency: str, plain: bool = False, **options: Any) -> None:
        self.currency, self.plain = currency, plain
        attrs = {"inputmode": "decimal", "autocomplete": "off", "size": 14}
        super().__init__(max_length=40, widget=forms.TextInput(attrs=attrs), **options)

    def clean(self, value: Any) -> Any:
        """Return the amount, None if it is empty and not required. Raises ValidationError."""
        text = super().clean(value)
        if not text:
            return None
        amount = _plain(text) if self.plain else formats.parse_number(text)
        if amount is None:
            example = formats.plain_amount(EXAMPLE, currency=self.currency)
            text = gettext("Enter an amount such as %(example)s.")
            raise ValidationError(text % {"example": example})
        try:
            return checked_amount(self._with_its_decimals(amount), currency=self.currency)
        except AmountRefused as error:
            raise ValidationError(str(error)) from error

    def _with_its_decimals(self, amount: Decimal) -> Decimal:
        """The amount; `1.000` in EUR may be a thousand, so it is refused like a fraction."""
        unit = money.minor_unit(self.currency)
        typed, least = amount.as_tuple().exponent, unit.as_tuple().exponent
        too_fine = isinstance(typed, int) and isinstance(least, int) and typed < least
        return unit / 10 if too_fine else amount


def _plain(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
