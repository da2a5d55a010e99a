"""Field for amounts of money."""

from decimal import Decimal
from operator import attrgetter
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hotels import money

Base = serializers.Field[Any, Any, str, Any]


def decimal_text(amount: Decimal, *, currency: str) -> str:
    """The amount as decimal text with the currency's decimals: `412.00`."""
    return f"{money.round_money(amount, currency=currency):f}"


@extend_schema_field(str)
class AmountField(Base):
    """An amount as decimal text; `currency` is the path to its currency from the row."""

    def __init__(self, *, currency: str = "currency", **options: Any) -> None:
        self.currency_of = attrgetter(currency)
        super().__init__(read_only=True, **options)

    def get_attribute(self, instance: Any) -> Any:
        """The row, which has the amount and the currency."""
        return instance

    def to_representation(self, value: Any) -> str:
        """The amount of the row as decimal text."""
        amount = attrgetter(".".join(self.source_attrs))(value)
        return decimal_text(amount, currency=self.currency_of(value))
