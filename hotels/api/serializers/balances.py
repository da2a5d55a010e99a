"""Serializer of the balances that an action changes."""

from typing import Any

from rest_framework import serializers

from hotels.api.serializers.money import AmountField
from hotels.models import Invoice


class BalanceChangeSerializer(serializers.Serializer[Any]):
    """Balance and payment status of an invoice before and after an action."""

    invoice_id = serializers.IntegerField(source="invoice.pk")
    number = serializers.CharField(source="invoice.number")
    currency = serializers.CharField(source="invoice.currency")
    before = AmountField(currency="invoice.currency")
    after = AmountField(currency="invoice.currency")
    status_before = serializers.ChoiceField(
        source="was.payment_status", choices=Invoice.PaymentStatus.choices
    )
    status_after = serializers.ChoiceField(
        source="invoice.payment_status", choices=Invoice.PaymentStatus.choices
    )
