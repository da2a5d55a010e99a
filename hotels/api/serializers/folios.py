"""Serializer of folios that are not fully invoiced."""

from typing import Any

from rest_framework import serializers

from hotels.api.serializers.money import AmountField, decimal_text
from hotels.billing.assessment import Reason
from hotels.billing.uninvoiced import UninvoicedFolio


class UninvoicedFolioSerializer(serializers.Serializer[Any]):
    """A folio with charges on no invoice or credit note, completed or left open."""

    id = serializers.IntegerField(source="folio.pk")
    folio = serializers.CharField(help_text="Reference of the booking and number of the folio.")
    hotel_id = serializers.IntegerField(source="folio.hotel_id")
    payer = serializers.CharField(source="folio.payer.name")
    completed_at = serializers.DateTimeField(
        source="folio.completed_at",
        allow_null=True,
        help_text="Null for an open folio that no room will use: a person completes it.",
    )
    since = serializers.DateField(
        help_text="Business date from which the charges could have been invoiced."
    )
    age_days = serializers.IntegerField(source="days")
    reason = serializers.ChoiceField(choices=[reason.value for reason in Reason])
    explanation = serializers.SerializerMethodField(help_text="The reason in one sentence.")
    amount = AmountField(help_text="Total of the charges, tax included.")
    proposed_credit = serializers.SerializerMethodField(
        help_text="Total of the proposed credit note; null without one."
    )
    currency = serializers.CharField()

    def get_explanation(self, row: UninvoicedFolio) -> str:
        """The reason, with an ordinary space in amounts."""
        return row.explanation.replace("\u00a0", " ")

    def get_proposed_credit(self, row: UninvoicedFolio) -> str | None:
        """The total of the proposed credit note as decimal text."""
        credit = row.proposed_credit
        return decimal_text(credit, currency=row.currency) if credit else None
